//===- ApplyForwardRules.cpp - What rules do to the forward pass ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What rules do to the forward pass.
//
//===----------------------------------------------------------------------===//

#include "ForwardRules.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_APPLYFORWARDRULES
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

/// Append the arguments that hold a rule's state.
static SmallVector<Value> addStateArguments(func::FuncOp func,
                                            StringRef layerName,
                                            ArrayRef<RuleState> states,
                                            Location loc) {
  SmallVector<Value> arguments;
  OpBuilder builder(func.getContext());
  for (const RuleState &state : states) {
    std::string name = (layerName + "." + state.name).str();
    DictionaryAttr attributes = builder.getDictionaryAttr(
        {builder.getNamedAttr(attrs::state, builder.getStringAttr(name)),
         builder.getNamedAttr(attrs::init,
                              builder.getF32FloatAttr(state.init))});
    unsigned index = func.getNumArguments();
    (void)func.insertArgument(index, state.type, attributes, loc);
    arguments.push_back(func.getArgument(index));
  }
  return arguments;
}

llvm::MapVector<Operation *, AppliedRule>
mlir::auxact::applyForwardRules(func::FuncOp func) {
  llvm::MapVector<Operation *, AppliedRule> applied;
  SmallVector<ParameterizedLayerOpInterface> layers;
  func.walk(
      [&](ParameterizedLayerOpInterface layer) { layers.push_back(layer); });
  // A shared activation is the tensor as the network has it, whatever a rule
  // on another layer makes of it.
  for (ParameterizedLayerOpInterface layer : layers) {
    Operation *op = layer;
    AppliedRule &entry = applied[op];
    entry.rule = layer.getLayerRule();
    entry.activation = layer.getActivationMutable().get();
    entry.firstStateArgument = func.getNumArguments();
    entry.state = addStateArguments(
        func, layer.getLayerName(),
        entry.rule.getState(cast<RankedTensorType>(entry.activation.getType())),
        op->getLoc());
    OpBuilder builder(op);
    entry.forward = entry.rule.buildForward(
        builder, RuleForwardContext{op->getLoc(), entry.activation,
                                    layer.getSharedActivation(), entry.state});
    layer.getActivationMutable().assign(entry.forward.input);
    layer.setLayerRule(ExactAttr::get(func.getContext()), Value());
  }
  return applied;
}

namespace {

struct ApplyForwardRules
    : auxact::impl::ApplyForwardRulesBase<ApplyForwardRules> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    unsigned arguments = func.getNumArguments();
    applyForwardRules(func);
    // State that only the backward reads is no argument of a forward pass.
    llvm::BitVector unused(func.getNumArguments());
    for (unsigned i = arguments; i < func.getNumArguments(); ++i)
      if (func.getArgument(i).use_empty())
        unused.set(i);
    (void)func.eraseArguments(unused);
  }
};

} // namespace
