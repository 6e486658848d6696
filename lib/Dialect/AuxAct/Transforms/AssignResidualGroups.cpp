//===- AssignResidualGroups.cpp - Auxiliary residual activation -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Which layers of a residual network may train on the tensor of their group,
// and why the others may not.
//
//===----------------------------------------------------------------------===//

#include "LayerGraph.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/LayerChoices.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_ASSIGNRESIDUALGROUPS
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

using Layer = ParameterizedLayerOpInterface;

/// A residual block and its place.
struct Placed {
  ResidualBlock block;
  unsigned stage;
  /// It changes the resolution and stands before its stage's groups.
  bool isEntry = false;
};

/// Decides layer by layer.
class GroupChooser {
public:
  GroupChooser(func::FuncOp func, ArrayRef<int64_t> strides,
               StringRef downsample)
      : func(func), strides(strides), downsample(downsample), graph(func) {}

  FailureOr<SmallVector<LayerChoice>> run();

private:
  void placeBlocks();
  LogicalResult checkStages();
  void chooseStage(ArrayRef<const Placed *> blocks, int64_t stride);
  void share(const Placed &placed, const Placed &head, unsigned group);
  void keep(const ResidualBlock &block, const llvm::Twine &reason);
  bool isLast(const ResidualBlock &block, const ResidualBlock &before) const;
  bool follows(const ResidualBlock &block, const ResidualBlock &before) const;

  func::FuncOp func;
  ArrayRef<int64_t> strides;
  StringRef downsample;
  LayerGraph graph;
  SmallVector<Placed> placed;
  unsigned stages = 0;
  llvm::MapVector<Operation *, LayerChoice> choices;
};

struct AssignResidualGroups
    : auxact::impl::AssignResidualGroupsBase<AssignResidualGroups> {
  using AssignResidualGroupsBase::AssignResidualGroupsBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration() || func->hasAttr(attrs::kernel))
      return;
    FailureOr<SmallVector<LayerChoice>> choices =
        chooseResidualGroups(func, ArrayRef<int64_t>(*strides), downsample);
    if (failed(choices))
      return signalPassFailure();
    for (LayerChoice &choice : *choices) {
      choice.layer->emitRemark()
          << "'" << choice.layer.getLayerName() << "': " << choice.reason;
      if (choice.source)
        choice.layer.setLayerRule(
            ResidualAttr::get(&getContext(), choice.source.getLayerName(),
                              /*fit=*/false),
            /*sharedActivation=*/nullptr);
    }
  }
};

} // namespace

static StringRef getContainer(const ResidualBlock &block) {
  auto [container, name] = block.getName().rsplit('.');
  return name.empty() ? StringRef() : container;
}

static std::string describe(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// Whether the block's input is the output of the one before, but for
/// operations without weights that keep the shape.
bool GroupChooser::follows(const ResidualBlock &block,
                           const ResidualBlock &before) const {
  Value output = before.add->getResult(0);
  return block.input.getType() == output.getType() &&
         graph.isReachedWithoutLayer(block.input, output);
}

/// Whether a block that changes the resolution is the last of its stage.
bool GroupChooser::isLast(const ResidualBlock &block,
                          const ResidualBlock &before) const {
  if (downsample == "auto")
    return getContainer(block) == getContainer(before);
  return downsample == "last";
}

void GroupChooser::placeBlocks() {
  bool isClosed = true;
  const ResidualBlock *before = nullptr;
  SmallVector<ResidualBlock> blocks = graph.findBlocks();
  for (const ResidualBlock &block : blocks) {
    if (before && !follows(block, *before))
      isClosed = true;
    bool halves = block.changesResolution();
    bool isEntry = halves && (isClosed || !isLast(block, *before));
    if (isClosed || isEntry)
      ++stages;
    placed.push_back({block, stages - 1, isEntry});
    isClosed = halves && !isEntry;
    before = &block;
  }
}

LogicalResult GroupChooser::checkStages() {
  if (placed.empty())
    return func.emitError("has no residual block: only through the additions "
                          "of residual connections is a group's tensor in the "
                          "input of a later layer");
  if (stages == strides.size())
    return success();
  InFlightDiagnostic diagnostic =
      func.emitError() << "expects " << stages << " group lengths, one for "
                       << "each stage of residual blocks, but got "
                       << strides.size();
  for (unsigned stage = 0; stage < stages; ++stage) {
    auto in = [&](const Placed &block) { return block.stage == stage; };
    auto first = llvm::find_if(placed, in);
    diagnostic.attachNote(first->block.add->getLoc())
        << "stage " << stage + 1 << ": " << llvm::count_if(placed, in)
        << " blocks, from '" << first->block.getName() << "' on";
  }
  return diagnostic;
}

/// All layers of a block stay as they are.
void GroupChooser::keep(const ResidualBlock &block, const llvm::Twine &reason) {
  for (Layer layer : block.first)
    choices[layer].reason = reason.str();
  if (block.projection)
    choices[block.projection].reason = reason.str();
}

/// What reads the input of a block takes the group's tensor instead, where that
/// has its shape.
void GroupChooser::share(const Placed &placed, const Placed &head,
                         unsigned group) {
  Layer source = head.block.first.front();
  Type expected = source.getActivationMutable().get().getType();
  SmallVector<Layer> layers(placed.block.first);
  if (placed.block.projection)
    layers.push_back(placed.block.projection);
  for (Layer layer : layers) {
    LayerChoice &choice = choices[layer];
    Type type = layer.getActivationMutable().get().getType();
    if (type != expected) {
      choice.reason = llvm::formatv("exact: its input is {0}, the tensor of "
                                    "its group {1}",
                                    describe(type), describe(expected));
      continue;
    }
    choice.source = source;
    choice.reason =
        llvm::formatv("takes the input of '{0}', the tensor of group {1} in "
                      "stage {2}",
                      source.getLayerName(), group, placed.stage + 1);
  }
}

void GroupChooser::chooseStage(ArrayRef<const Placed *> blocks,
                               int64_t stride) {
  const Placed *head = nullptr;
  int64_t length = 0;
  unsigned group = 0;
  for (const Placed *block : blocks) {
    if (block->isEntry) {
      keep(block->block, "exact: its block changes the resolution, and the "
                         "groups of the stage start after it");
      continue;
    }
    if (!head || length == stride) {
      head = block;
      length = 0;
      ++group;
      keep(block->block, llvm::formatv("exact: its block is the first of "
                                       "group {0} in stage {1}",
                                       group, block->stage + 1)
                             .str());
    } else {
      share(*block, *head, group);
    }
    ++length;
    if (block->block.changesShape())
      head = nullptr;
  }
}

FailureOr<SmallVector<LayerChoice>> GroupChooser::run() {
  for (int64_t stride : strides)
    if (stride < 1)
      return func.emitError()
             << "expects group lengths of at least 1, but got " << stride;
  if (downsample != "auto" && downsample != "first" && downsample != "last")
    return func.emitError() << "expects downsample to be auto, first or last, "
                               "but got '"
                            << downsample << "'";
  func.walk([&](Layer layer) {
    choices[layer] = {layer, nullptr, 0, "exact: it is in no residual block"};
  });
  placeBlocks();
  if (failed(checkStages()))
    return failure();
  for (const Placed &block : placed)
    for (Layer layer : block.block.layers)
      choices[layer].reason = "exact: it is not the first layer of its block";
  for (auto [stage, stride] : llvm::enumerate(strides)) {
    SmallVector<const Placed *> blocks;
    for (const Placed &block : placed)
      if (block.stage == stage)
        blocks.push_back(&block);
    chooseStage(blocks, stride);
  }
  SmallVector<LayerChoice> result;
  for (auto &[op, choice] : choices)
    result.push_back(choice);
  if (llvm::any_of(result, [](LayerChoice &c) { return bool(c.source); }))
    return result;
  InFlightDiagnostic diagnostic =
      func.emitError("has no layer that can take the tensor of a group");
  for (const Placed &block : placed)
    diagnostic.attachNote(block.block.first.empty()
                              ? block.block.add->getLoc()
                              : block.block.first.front()->getLoc())
        << "'" << block.block.getName() << "': "
        << (block.block.first.empty()
                ? "no layer reads its input"
                : choices[block.block.first.front()].reason);
  return diagnostic;
}

FailureOr<SmallVector<LayerChoice>>
mlir::auxact::chooseResidualGroups(func::FuncOp func, ArrayRef<int64_t> strides,
                                   StringRef downsample) {
  return GroupChooser(func, strides, downsample).run();
}
