//===- DifferentiableOpInterface.td ------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Reverse-mode gradients.
//
// What an operation offers to the differentiation pass.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD
#define AUXACT_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::mlir::auxact";
  let description = [{
    An operation that the differentiation pass can go backwards through. The
    operation names what its backward reads (its *residuals*) and builds the
    gradients of its operands from the residuals and the gradients of its
    results. It reads nothing else of the forward pass: whatever is not a
    residual may be gone by the time the backward runs.

    Parameters of layers are not operands in this sense: their gradients are
    built by the layer's rule (`ParameterizedLayerOpInterface`).
  }];
  let methods = [
    InterfaceMethod<[{
        Append what the backward of this operation reads, in the form in which
        it should be kept: an operand, a result, or a value made from them with
        `builder` (an encoded mask, a row statistic). `builder` inserts right
        after the operation; equal values made by several operations are merged
        later, so build the plain form and do not look for an existing one.
      }],
      "void", "buildResiduals",
      (ins "::mlir::OpBuilder &":$builder,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$residuals),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return; }]>,
    InterfaceMethod<[{
        Build the gradients of the operands. `residuals` are the values that
        `buildResiduals` named, as the backward sees them; `resultGradients` has
        one entry a result, null where no gradient arrives. Set
        `operandGradients[i]` for each operand with `needed[i]`; leave it null
        where the gradient is zero by definition (integer labels, say). Fails,
        with a diagnostic, where a needed gradient cannot be had.
      }],
      "::llvm::LogicalResult", "buildInputGradients",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$residuals,
           "::mlir::ValueRange":$resultGradients,
           "const ::llvm::BitVector &":$needed,
           "::llvm::MutableArrayRef<::mlir::Value>":$operandGradients)>,
    InterfaceMethod<[{
        Numbers of the residuals that may be kept in a lossy form: what
        `buildInputGradients` gets for them is then close to what
        `buildResiduals` named, and no longer the same.
      }],
      "::llvm::SmallVector<unsigned>", "getEncodableResiduals", (ins),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return {}; }]>,
  ];
}

def ScalarFunctionOpInterface : OpInterface<"ScalarFunctionOpInterface"> {
  let cppNamespace = "::mlir::auxact";
  let description = [{
    A layer that applies one function to each element of its only operand. What
    its backward needs is the function's derivative at each element, which may
    be kept as the number of a level (`#auxact.derivative_table`).
  }];
  let methods = [
    InterfaceMethod<"The derivative of the function at `x`.",
      "double", "evaluateDerivative", (ins "double":$x)>,
  ];
}

/// Marks an operation that never stands between a parameter and the loss:
/// structure, storage, and what the differentiation itself emits.
def NonDifferentiable : NativeOpTrait<"NonDifferentiable"> {
  let cppNamespace = "::mlir::auxact::OpTrait";
}

#endif // AUXACT_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD
