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

/// A matrix reduced along one of its dimensions; elements of memory lie along
/// the last one.
static bool reducesMatrix(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic || generic.getNumLoops() != 2 ||
      generic.getNumReductionLoops() != 1)
    return false;
  return llvm::all_of(generic.getIndexingMapsArray(), [](AffineMap map) {
    return map.getNumResults() < 2 || map.isIdentity();
  });
}

static bool reducesRows(Operation *op) {
  return reducesMatrix(op) &&
         cast<linalg::GenericOp>(op).getIteratorTypesArray().back() ==
             utils::IteratorType::reduction;
}

/// The same elements, reduced in the same direction.
static bool haveOneSpace(Operation *lhs, Operation *rhs) {
  if (!reducesMatrix(lhs) || !reducesMatrix(rhs))
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

/// Tensors of the space of a reduction that it reads from memory.
llvm::SmallDenseSet<Value>
KernelClusters::getFullLeaves(Operation *reduction) const {
  llvm::SmallSetVector<Operation *, 4> slice;
  llvm::SmallDenseSet<Value> leaves, full;
  collectFloating(reduction, slice, leaves);
  for (Value leaf : leaves)
    if (cast<RankedTensorType>(leaf.getType()).getRank() == 2)
      full.insert(leaf);
  return full;
}

/// The kernel of earlier reductions that `op` is done in as well; `floating` if
/// none. Along rows it may build on what they make: the row is in the cache.
/// In either direction it may read what they read, and saves reading it again.
int64_t KernelClusters::findSharedReduction(Operation *op) const {
  if (!reducesMatrix(op))
    return floating;
  SmallVector<Value> reads;
  auto generic = cast<linalg::GenericOp>(op);
  llvm::append_range(reads, generic.getDpsInputs());
  int64_t before = floating;
  for (Value read : reads)
    before = std::max(before, latest(read));
  auto isOnTheWay = [&](int64_t kernel) {
    if (before < kernel)
      return true;
    return reducesRows(op) && llvm::none_of(reads, [&](Value read) {
      return readsThroughView(read, kernel);
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
