//===- RuleAttrInterface.td - Learning rules ---------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What a learning rule answers and builds.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_RULEATTRINTERFACE_TD
#define AUXACT_INTERFACES_RULEATTRINTERFACE_TD

include "mlir/IR/OpBase.td"

def RuleAttrInterface : AttrInterface<"RuleAttrInterface"> {
  let cppNamespace = "::mlir::auxact";
  let description = [{
    A learning rule says what is kept of a layer's activation for its weight
    gradient, what the forward pass sees instead of the activation, and how the
    weight gradient is built from what was kept. Everything that a pass needs to
    know of a rule is behind this interface: a new rule is a new attribute.
  }];
  let methods = [
    InterfaceMethod<"Name of the rule as reports show it.",
      "::llvm::StringRef", "getRuleName", (ins)>,
    InterfaceMethod<[{
        Check that the rule is legal on `layer` as it stands. Emits an error on
        it otherwise, naming what was expected and what is there.
      }],
      "::llvm::LogicalResult", "verifyOnLayer",
      (ins "::mlir::Operation *":$layer),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{
        return ::mlir::success();
      }]>,
    InterfaceMethod<[{
        Name of the layer whose activation this rule shares, empty if none.
        Rule assignment wires that activation to the layer as an operand.
      }],
      "::llvm::StringRef", "getSharedLayer", (ins),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return ""; }]>,
    InterfaceMethod<[{
        This rule once its shared activation is an operand of the layer.
      }],
      "::mlir::auxact::RuleAttrInterface", "withSharedOperand", (ins),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return $_attr; }]>,
    InterfaceMethod<[{
        The tensors that the rule carries from step to step for an activation of
        this type, whose features lie along `featureDim`. They count in the
        peak, not in the saved bytes.
      }],
      "::llvm::SmallVector<::mlir::auxact::RuleState>", "getState",
      (ins "::mlir::RankedTensorType":$activationType, "int64_t":$featureDim),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return {}; }]>,
    InterfaceMethod<[{
        Build what the forward pass sees in place of the activation, what is
        kept for the backward, and the new state.
      }],
      "::mlir::auxact::RuleForward", "buildForward",
      (ins "::mlir::OpBuilder &":$builder,
           "const ::mlir::auxact::RuleForwardContext &":$context)>,
    InterfaceMethod<[{
        Build the auxiliary activation `a` from what was kept, and the gain that
        multiplies its contraction (null for 1). Fails where the rule cannot
        have it, with a diagnostic.
      }],
      "::llvm::FailureOr<::mlir::auxact::RuleAuxiliary>", "buildAuxiliary",
      (ins "::mlir::OpBuilder &":$builder,
           "const ::mlir::auxact::RuleBackwardContext &":$context)>,
    InterfaceMethod<[{
        Build the weight gradient. The default is gain * (delta (x) a); a rule
        with row scales, a rank-1 term or a rotation overrides it and calls the
        layer's contraction as often as it needs.
      }],
      "::llvm::FailureOr<::mlir::Value>", "buildWeightGradient",
      (ins "::mlir::OpBuilder &":$builder,
           "const ::mlir::auxact::RuleBackwardContext &":$context),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{
        return ::mlir::auxact::buildPlainWeightGradient($_attr, builder, context);
      }]>,
  ];
}

#endif // AUXACT_INTERFACES_RULEATTRINTERFACE_TD
