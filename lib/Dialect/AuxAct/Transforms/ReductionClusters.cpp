//===- ReductionClusters.cpp - Reductions that share a kernel -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Which reductions one kernel does, and what it does with their rows.
//
//===----------------------------------------------------------------------===//

#include "KernelClusters.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::auxact;

/// One reduced loop, at most one before it and one after it, over tensors whose
/// elements lie in memory as the loops say.
static bool isPlainReduction(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic || generic.getNumReductionLoops() != 1)
    return false;
  unsigned loops = generic.getNumLoops();
  SmallVector<unsigned> reduced;
  generic.getReductionDims(reduced);
  if (loops < 2 || reduced[0] > 1 || loops > reduced[0] + 2)
    return false;
  return llvm::all_of(generic.getIndexingMapsArray(), [&](AffineMap map) {
    return map.getNumResults() < loops || map.isIdentity();
  });
}

static bool reducesRows(Operation *op) {
  return isPlainReduction(op) &&
         cast<linalg::GenericOp>(op).getNumLoops() == 2 &&
         cast<linalg::GenericOp>(op).getIteratorTypesArray().back() ==
             utils::IteratorType::reduction;
}

/// Whether what the reduction reads for some of its results is still in the
/// cache when it is through: a row, or a block of columns that is not long.
static bool fitsCache(Operation *op) {
  constexpr int64_t longBlock = 2048;
  if (reducesRows(op))
    return true;
  auto generic = cast<linalg::GenericOp>(op);
  SmallVector<unsigned> reduced;
  generic.getReductionDims(reduced);
  return cast<linalg::LinalgOp>(op).getStaticLoopRanges()[reduced[0]] <=
         longBlock;
}

/// The same elements, reduced in the same direction.
static bool haveOneSpace(Operation *lhs, Operation *rhs) {
  if (!isPlainReduction(lhs) || !isPlainReduction(rhs))
    return false;
  auto first = cast<linalg::GenericOp>(lhs),
       second = cast<linalg::GenericOp>(rhs);
  return first.getIteratorTypesArray() == second.getIteratorTypesArray() &&
         cast<linalg::LinalgOp>(lhs).getStaticLoopRanges() ==
             cast<linalg::LinalgOp>(rhs).getStaticLoopRanges();
}

bool KernelClusters::passesRowsOf(ArrayRef<int64_t> space,
                                  Operation *anchor) const {
  return reducesRows(anchor) &&
         ArrayRef<int64_t>(
             cast<linalg::LinalgOp>(anchor).getStaticLoopRanges()) == space;
}

/// Whether `read` has an element for each that the reduction goes over.
static bool isWhole(Value read, Operation *reduction) {
  return cast<RankedTensorType>(read.getType()).getRank() ==
         int64_t(cast<linalg::GenericOp>(reduction).getNumLoops());
}

/// Tensors of the space of a reduction that it reads from memory.
llvm::SmallDenseSet<Value>
KernelClusters::getFullLeaves(Operation *reduction) const {
  llvm::SmallSetVector<Operation *, 4> slice;
  llvm::SmallDenseSet<Value> leaves, full;
  collectFloating(reduction, slice, leaves);
  for (Value leaf : leaves)
    if (isWhole(leaf, reduction))
      full.insert(leaf);
  return full;
}

/// The kernel of earlier reductions that `op` is done in as well; `floating` if
/// none. It may build on what they make, where that finds its operands in the
/// cache; and it may read what they read, and saves reading it again.
int64_t KernelClusters::findSharedReduction(Operation *op) const {
  if (!isPlainReduction(op))
    return floating;
  SmallVector<Value> reads = cast<linalg::GenericOp>(op).getDpsInputs();
  int64_t before = floating;
  for (Value read : reads)
    before = std::max(before, latest(read));
  auto isOnTheWay = [&](int64_t kernel) {
    if (before < kernel)
      return true;
    // Elements that the kernel makes would be made again for this reduction.
    return fitsCache(op) && llvm::none_of(reads, [&](Value read) {
             return readsThroughView(read, kernel) ||
                    (isWhole(read, op) && readsInRegisters(read, kernel));
           });
  };
  if (before != floating && haveOneSpace(op, computations[before]) &&
      isOnTheWay(before))
    return before;
  llvm::SmallDenseSet<Value> leaves = getFullLeaves(op);
  for (int64_t kernel = position.lookup(op) - 1; kernel > before; --kernel) {
    Operation *anchor = computations[kernel];
    if (home.lookup(anchor) != kernel || !haveOneSpace(op, anchor))
      continue;
    if (llvm::any_of(getFullLeaves(anchor),
                     [&](Value leaf) { return leaves.contains(leaf); }))
      return kernel;
  }
  return floating;
}
