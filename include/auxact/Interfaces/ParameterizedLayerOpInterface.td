//===- ParameterizedLayerOpInterface.td --------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Layers with weights.
//
// What a layer with weights offers to its rule.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_PARAMETERIZEDLAYEROPINTERFACE_TD
#define AUXACT_INTERFACES_PARAMETERIZEDLAYEROPINTERFACE_TD

include "mlir/IR/OpBase.td"

def ParameterizedLayerOpInterface
    : OpInterface<"ParameterizedLayerOpInterface"> {
  let cppNamespace = "::mlir::auxact";
  let description = [{
    A layer that is linear in a weight: `y = W * h + b`. The rule on the layer
    decides what is kept of the activation and builds the weight gradient out
    of `contractWeightGradient`, which is linear in both arguments.
  }];
  let methods = [
    InterfaceMethod<"The operand that feeds the weight gradient.",
      "::mlir::OpOperand &", "getActivationMutable", (ins)>,
    InterfaceMethod<"The operand that holds the weight.",
      "::mlir::OpOperand &", "getWeightMutable", (ins)>,
    InterfaceMethod<"The tensor that a `residual` rule reads, or null.",
      "::mlir::Value", "getSharedActivation", (ins)>,
    InterfaceMethod<"Name of the layer, as users write it in rule patterns.",
      "::llvm::StringRef", "getLayerName", (ins)>,
    InterfaceMethod<"The rule of the layer; exact where none is written.",
      "::mlir::auxact::RuleAttrInterface", "getLayerRule", (ins)>,
    InterfaceMethod<"Replace the rule, and the tensor shared with it (or null).",
      "void", "setLayerRule",
      (ins "::mlir::auxact::RuleAttrInterface":$rule,
           "::mlir::Value":$sharedActivation)>,
    InterfaceMethod<[{
        Build `delta (x) activation`, the gradient of the weight if `activation`
        stood where the layer's input stands. Linear in both. The leading
        (batch, position) sizes of the two agree but need not be the layer's:
        a single row gives an outer product.
      }],
      "::mlir::Value", "contractWeightGradient",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Value":$delta,
           "::mlir::Value":$activation)>,
    InterfaceMethod<[{
        Build the sum of `delta` over batch and positions, which is the gradient
        of a bias and the column factor of a rank-1 term: tensor<features>.
      }],
      "::mlir::Value", "sumOverPositions",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Value":$delta)>,
    InterfaceMethod<[{
        The dimension of the activation that the weight contracts: the features
        of a dense layer, the channels of a convolution.
      }],
      "int64_t", "getFeatureDim", (ins),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{
        return ::llvm::cast<::mlir::RankedTensorType>(
                   $_op.getActivationMutable().get().getType()).getRank() - 1;
      }]>,
    InterfaceMethod<[{
        Whether rows of `delta` and rows of the activation, without the
        features, are one to one: a dense layer, a convolution of one position
        and stride 1. So a factor of a row may be moved from one to the other.
      }],
      "bool", "hasRowsOfInput", (ins),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return true; }]>,
    InterfaceMethod<[{
        Build the gradient of the weight if the activation were `mean` at every
        position: a vector along its last dimension, which holds the features
        of most layers. Where a layer pads with zeros, the padding stays zero.
      }],
      "::mlir::Value", "contractUniform",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Value":$delta,
           "::mlir::Value":$mean),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{
        return $_op.contractWeightGradient(builder, delta,
            ::mlir::auxact::buildUniformActivation(builder, $_op, mean));
      }]>,
    InterfaceMethod<[{
        Uniform bound of torch.nn's default initialisation of this layer's
        parameters, 1/sqrt(fan in).
      }],
      "double", "getInitBound", (ins)>,
  ];
}

#endif // AUXACT_INTERFACES_PARAMETERIZEDLAYEROPINTERFACE_TD
