//===- CheckpointBlocks.cpp - Compute again what a block's backward reads -===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_CHECKPOINTBLOCKS
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// One block: where its forward starts, and what its backward reads.
struct CheckpointedBlock {
  /// Operations before this one are not the block's.
  Operation *first = nullptr;
  SmallVector<SaveOp> saves;
};

struct CheckpointBlocks : auxact::impl::CheckpointBlocksBase<CheckpointBlocks> {
  void runOnOperation() override;

private:
  void findBlocks(func::FuncOp func);
  void recompute(StringRef name, CheckpointedBlock &block);

  llvm::MapVector<StringAttr, CheckpointedBlock> blocks;
  llvm::DenseMap<Operation *, unsigned> position;
};

} // namespace

static StringRef getReportName(Operation *op) {
  if (auto loc = dyn_cast<NameLoc>(op->getLoc()))
    return loc.getName();
  auto name = op->getAttrOfType<StringAttr>("name");
  return name ? name.getValue() : op->getName().stripDialect();
}

void CheckpointBlocks::findBlocks(func::FuncOp func) {
  // Saves name the layer that reads them.
  llvm::StringMap<StringAttr> blockOf;
  for (Operation &op : func.getBody().front()) {
    position[&op] = position.size();
    if (auto name = op.getAttrOfType<StringAttr>(attrs::block)) {
      op.removeAttr(attrs::block);
      blockOf[getReportName(&op)] = name;
      CheckpointedBlock &block = blocks[name];
      // What a rule makes for the first layer comes before it.
      if (!block.first) {
        block.first = &op;
        while (Operation *before = block.first->getPrevNode()) {
          if (isa<DifferentiableOpInterface>(before))
            break;
          block.first = before;
        }
      }
    }
    if (auto save = dyn_cast<SaveOp>(op))
      if (auto it = blockOf.find(save.getLayer()); it != blockOf.end())
        blocks[it->second].saves.push_back(save);
  }
}

/// What the saves of the block keep is made again from values that the block
/// does not make; of those, what a forward operation makes is kept instead.
void CheckpointBlocks::recompute(StringRef name, CheckpointedBlock &block) {
  unsigned start = position.lookup(block.first);
  llvm::SetVector<Operation *> slice;
  llvm::SetVector<Value> inputs;
  SmallVector<Value> worklist;
  for (SaveOp save : block.saves)
    worklist.push_back(save.getInput());
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    Operation *op = value.getDefiningOp();
    if (!op || position.lookup(op) < start) {
      inputs.insert(value);
      continue;
    }
    if (slice.insert(op))
      worklist.append(op->operand_begin(), op->operand_end());
  }
  SmallVector<Operation *> ops(slice.begin(), slice.end());
  if (llvm::all_of(ops, [](Operation *op) {
        return op->hasTrait<mlir::OpTrait::ConstantLike>();
      }))
    return;
  llvm::sort(ops, [&](Operation *a, Operation *b) {
    return position.lookup(a) < position.lookup(b);
  });

  OpBuilder builder(block.saves.front());
  int64_t exactBytes = 0;
  for (SaveOp save : block.saves)
    exactBytes += save.getExactBytes();
  IRMapping mapping;
  for (Value input : inputs) {
    Operation *producer = input.getDefiningOp();
    if (!producer || producer->hasTrait<mlir::OpTrait::ConstantLike>() ||
        isa<tensor::EmptyOp>(producer))
      continue;
    mapping.map(input, SaveOp::create(builder, input.getLoc(), input, name,
                                      "checkpoint", exactBytes));
    exactBytes = 0;
  }
  for (Operation *op : ops)
    builder.clone(*op, mapping);
  for (SaveOp save : block.saves) {
    save.getResult().replaceAllUsesWith(
        mapping.lookupOrDefault(save.getInput()));
    save.erase();
  }
}

void CheckpointBlocks::runOnOperation() {
  func::FuncOp func = getOperation();
  if (func.isDeclaration() || func->hasAttr(attrs::kernel))
    return;
  blocks.clear();
  position.clear();
  findBlocks(func);
  for (auto &[name, block] : blocks)
    if (!block.saves.empty())
      recompute(name.getValue(), block);
}
