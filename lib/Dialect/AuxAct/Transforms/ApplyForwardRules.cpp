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
#include "auxact/Dialect/AuxAct/Transforms/RandomSource.h"

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
  // Layers that read one tensor under one rule keep one form of it.
  using Key = std::tuple<Value, Attribute, Value, int64_t>;
  llvm::DenseMap<Key, Operation *> firstOf;
  // A shared activation is the tensor as the network has it, whatever a rule
  // on another layer makes of it.
  for (ParameterizedLayerOpInterface layer : layers) {
    Operation *op = layer;
    RuleAttrInterface rule = layer.getLayerRule();
    Value activation = layer.getActivationMutable().get();
    Key key(activation, rule, layer.getSharedActivation(),
            layer.getFeatureDim());
    auto [first, isFirst] = firstOf.try_emplace(key, op);
    AppliedRule entry;
    if (isFirst) {
      entry.rule = rule;
      entry.activation = activation;
      entry.firstStateArgument = func.getNumArguments();
      entry.state = addStateArguments(
          func, layer.getLayerName(),
          rule.getState(cast<RankedTensorType>(activation.getType()),
                        layer.getFeatureDim()),
          op->getLoc());
      OpBuilder builder(op);
      auto randomSource = [&] { return appendRandomSource(func); };
      entry.forward = rule.buildForward(
          builder, RuleForwardContext{op->getLoc(), activation,
                                      layer.getSharedActivation(), entry.state,
                                      layer.getFeatureDim(), randomSource});
    } else {
      entry = applied[first->second];
      entry.forward.state.clear();
    }
    layer.getActivationMutable().assign(entry.forward.input);
    layer.setLayerRule(ExactAttr::get(func.getContext()), Value());
    applied[op] = std::move(entry);
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
