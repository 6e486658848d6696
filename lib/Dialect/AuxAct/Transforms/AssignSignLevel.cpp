//===- AssignSignLevel.cpp - Auxiliary sign activation by level -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Which layers are feed-forward layers, mixers of tokens or projections of
// attention, by what stands around them.
//
//===----------------------------------------------------------------------===//

#include "LayerGraph.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/LayerChoices.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/AsmParser/AsmParser.h"

#include "llvm/ADT/MapVector.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_ASSIGNSIGNLEVEL
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

using Layer = ParameterizedLayerOpInterface;
using Choices = llvm::MapVector<Operation *, LayerChoice>;

struct AssignSignLevel : auxact::impl::AssignSignLevelBase<AssignSignLevel> {
  using AssignSignLevelBase::AssignSignLevelBase;

  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  RuleAttrInterface parsed;
};

} // namespace

static Value getInput(Layer layer) {
  return layer.getActivationMutable().get();
}

static void choose(Choices &choices, Layer layer, unsigned level,
                   StringRef what) {
  LayerChoice &choice = choices[layer];
  // What two uses of a layer's result say, its lowest level decides.
  if (choice.level != 0 && choice.level <= level)
    return;
  choice.level = level;
  choice.reason = ("level " + Twine(level) + ": " + what).str();
}

/// Whether features stand where tokens did between `value` and the layer that
/// it is reached from by operations of one operand.
static bool isTransposedBefore(const LayerGraph &graph, Value value) {
  for (; value; value = graph.stepOverUnary(value))
    if (auto transpose = value.getDefiningOp<TransposeOp>())
      if (transpose.getPermutation().back() !=
          static_cast<int64_t>(transpose.getPermutation().size()) - 1)
        return true;
  return false;
}

/// Whether a layer mixes tokens: it contracts another dimension than the last,
/// or the last one of a tensor that was transposed for it.
static bool mixesTokens(const LayerGraph &graph, Layer layer) {
  auto type = cast<RankedTensorType>(getInput(layer).getType());
  return layer.getFeatureDim() != type.getRank() - 1 ||
         isTransposedBefore(graph, getInput(layer));
}

/// The layer that `value` is made by, but for operations of one operand.
static Layer findMaker(const LayerGraph &graph, Value value) {
  while (value) {
    if (auto layer = value.getDefiningOp<Layer>())
      return layer;
    value = graph.stepOverUnary(value);
  }
  return nullptr;
}

/// The two layers of a residual connection's body.
static void chooseFeedForward(const LayerGraph &graph, Choices &choices) {
  for (const ResidualBlock &block : graph.findBlocks()) {
    if (block.layers.size() != 2 || block.projection)
      continue;
    Layer second = findMaker(graph, block.bodyResult);
    if (!second)
      continue;
    Layer first = findMaker(graph, getInput(second));
    if (!first || !graph.isReachedWithoutLayer(getInput(first), block.input))
      continue;
    bool tokens = mixesTokens(graph, first);
    choose(choices, second, tokens ? 3 : 1,
           tokens ? "second layer of token mixing"
                  : "second feed-forward layer");
    choose(choices, first, tokens ? 4 : 2,
           tokens ? "first layer of token mixing" : "first feed-forward layer");
  }
}

/// The layers before and behind attention.
static void chooseProjections(func::FuncOp func, const LayerGraph &graph,
                              Choices &choices) {
  func.walk([&](AttentionOp attention) {
    for (Value operand : graph.getActivations(attention))
      if (Layer layer = findMaker(graph, operand))
        choose(choices, layer, 4, "query, key or value projection");
  });
  for (auto &[op, choice] : choices) {
    Value value = getInput(cast<Layer>(op));
    while (Value before = graph.stepOverUnary(value))
      value = before;
    if (value.getDefiningOp<AttentionOp>())
      choose(choices, cast<Layer>(op), 3, "output projection of attention");
  }
}

FailureOr<SmallVector<LayerChoice>>
mlir::auxact::chooseSignLevels(func::FuncOp func) {
  LayerGraph graph(func);
  Choices choices;
  func.walk([&](Layer layer) {
    choices[layer] = {layer, nullptr, 0,
                      "exact: neither a feed-forward layer nor a projection of "
                      "attention"};
  });
  chooseProjections(func, graph, choices);
  chooseFeedForward(graph, choices);
  SmallVector<LayerChoice> result;
  for (auto &[op, choice] : choices)
    result.push_back(choice);
  if (llvm::none_of(result, [](LayerChoice &c) { return c.level != 0; }))
    return func.emitError(
        "has no feed-forward layer and no projection of attention: two layers "
        "with an activation between them, inside a residual connection, or a "
        "layer next to attention");
  return result;
}

LogicalResult AssignSignLevel::initialize(MLIRContext *context) {
  if (level < 1 || level > 4)
    return emitError(UnknownLoc::get(context))
           << "expects a level from 1 to 4, but got "
           << static_cast<int64_t>(level);
  parsed = dyn_cast_or_null<RuleAttrInterface>(parseAttribute(rule, context));
  if (!parsed)
    return emitError(UnknownLoc::get(context))
           << "expects a rule, but got '" << rule << "'";
  return success();
}

void AssignSignLevel::runOnOperation() {
  func::FuncOp func = getOperation();
  if (func.isDeclaration() || func->hasAttr(attrs::kernel))
    return;
  FailureOr<SmallVector<LayerChoice>> choices = chooseSignLevels(func);
  if (failed(choices))
    return signalPassFailure();
  for (LayerChoice &choice : *choices) {
    choice.layer->emitRemark()
        << "'" << choice.layer.getLayerName() << "': " << choice.reason;
    if (choice.level != 0 && choice.level <= level)
      choice.layer.setLayerRule(parsed, /*sharedActivation=*/nullptr);
  }
}
