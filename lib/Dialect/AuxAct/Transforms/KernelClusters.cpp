//===- KernelClusters.cpp - Which operations run in which kernel ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "KernelClusters.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <map>

using namespace mlir;
using namespace mlir::auxact;

//===----------------------------------------------------------------------===//
// Kinds of operations
//===----------------------------------------------------------------------===//

static bool isComputation(Operation *op) {
  return isa<linalg::GenericOp, AffineViewOp, GatherRowsOp, PackBitsOp,
             UnpackBitsOp>(op) ||
         isStandaloneKernel(op);
}

static bool isView(Operation *op) {
  return isa<SaveOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
             tensor::ExtractSliceOp>(op);
}

static bool isElementwise(Operation *op) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return generic.getNumReductionLoops() == 0;
  return isa<AffineViewOp, GatherRowsOp, PackBitsOp, UnpackBitsOp>(op);
}

/// Whether what the operation reads is in memory by the time it runs: its own
/// kernel never makes it.
static bool readsMemory(Operation *op) {
  return isView(op) || isa<AffineViewOp, GatherRowsOp>(op);
}

/// What the operation reads, without the tensors that results are written to.
static SmallVector<Value> getReads(Operation *op) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return generic.getDpsInputs();
  return SmallVector<Value>(op->getOperands());
}

/// The index space of an operation's results; of predicates, not their bytes.
static ArrayRef<int64_t> getSpace(Operation *op) {
  Value value = isa<PackBitsOp>(op) ? op->getOperand(0) : op->getResult(0);
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Too dear to be done more than once.
static bool isExpensive(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic)
    return false;
  // Random numbers, say.
  constexpr size_t many = 40;
  if (llvm::range_size(*generic.getBody()) > many)
    return true;
  return llvm::any_of(*generic.getBody(), [](Operation &inner) {
    return isa<math::MathDialect>(inner.getDialect()) &&
           !isa<math::AbsFOp, math::SqrtOp>(inner);
  });
}

/// Tensors of at least one byte an element that fill the operation's space.
static unsigned countFullReads(ArrayRef<Value> reads, ArrayRef<int64_t> space) {
  return llvm::count_if(reads, [&](Value read) {
    auto type = cast<RankedTensorType>(read.getType());
    return type.getShape() == space && type.getElementTypeBitWidth() > 8;
  });
}

//===----------------------------------------------------------------------===//
// Homes
//===----------------------------------------------------------------------===//

/// The latest kernel that must have run before `value` is there; `floating` if
/// none.
int64_t KernelClusters::latest(Value value) const {
  Operation *op = value.getDefiningOp();
  if (!op)
    return floating;
  if (isView(op))
    return latest(op->getOperand(0));
  auto it = home.find(op);
  if (it == home.end())
    return floating;
  if (it->second != floating)
    return it->second;
  int64_t result = floating;
  for (Value read : getReads(op))
    result = std::max(result, latest(read));
  return result;
}

/// Whether `value` is made by the kernel, or element by element from what it
/// makes.
bool KernelClusters::readsInRegisters(Value value, int64_t kernel) const {
  Operation *op = value.getDefiningOp();
  if (!op || !isComputation(op))
    return false;
  int64_t own = home.lookup(op);
  if (own != floating)
    return own == kernel;
  if (readsMemory(op))
    return false;
  return llvm::any_of(
      getReads(op), [&](Value read) { return readsInRegisters(read, kernel); });
}

/// Whether `value` depends on the kernel by way of memory: what is kept for the
/// backward, or seen under another shape.
bool KernelClusters::readsThroughView(Value value, int64_t kernel) const {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (readsMemory(op) && (isView(op) || home.lookup(op) == floating))
    return latest(value) == kernel;
  if (!isComputation(op) || home.lookup(op) != floating)
    return false;
  return llvm::any_of(
      getReads(op), [&](Value read) { return readsThroughView(read, kernel); });
}

/// Whether an elementwise operation can be computed on the results of the
/// kernel, element by element, while they are in registers.
bool KernelClusters::joins(Operation *op, int64_t kernel) const {
  Operation *anchor = computations[kernel];
  if (readsMemory(op) || isStandaloneKernel(anchor) ||
      (getSpace(anchor) != getSpace(op) && !passesRowsOf(getSpace(op), anchor)))
    return false;
  SmallVector<Value> reads = getReads(op);
  return llvm::any_of(
             reads,
             [&](Value read) { return readsInRegisters(read, kernel); }) &&
         llvm::none_of(
             reads, [&](Value read) { return readsThroughView(read, kernel); });
}

/// The operations that every reader of `op` would compute: itself and what
/// floats before it; and what they read from memory.
void KernelClusters::collectFloating(
    Operation *op, llvm::SmallSetVector<Operation *, 4> &slice,
    llvm::SmallDenseSet<Value> &leaves) const {
  if (!slice.insert(op))
    return;
  for (Value read : getReads(op)) {
    Operation *producer = read.getDefiningOp();
    auto it = producer ? home.find(producer) : home.end();
    if (it != home.end() && it->second == floating)
      collectFloating(producer, slice, leaves);
    else
      leaves.insert(read);
  }
}

/// Whether `user` reads each element of `op` many times, and each would be a
/// division or more; a view of a view looks at a copy.
static bool repeats(Operation *user, Operation *op) {
  if (isa<AffineViewOp>(op) && isa<AffineViewOp>(user))
    return true;
  auto generic = dyn_cast<linalg::GenericOp>(op);
  auto reader = dyn_cast<linalg::GenericOp>(user);
  if (!generic || !reader || reader.getNumLoops() <= generic.getNumLoops())
    return false;
  return llvm::any_of(*generic.getBody(), [](Operation &inner) {
    return isa<math::MathDialect>(inner.getDialect()) ||
           isa<arith::DivFOp>(inner);
  });
}

bool KernelClusters::needsOwnKernel(Operation *op) const {
  if (getSpace(op).empty())
    return true;
  unsigned readers = 0;
  for (Operation *user : op->getUsers()) {
    if (!isComputation(user) || isStandaloneKernel(user) || repeats(user, op))
      return true;
    // One may show an element many times.
    readers += isa<AffineViewOp, GatherRowsOp>(user) ? 2 : 1;
  }
  if (readers <= 1)
    return false;
  llvm::SmallSetVector<Operation *, 4> slice;
  llvm::SmallDenseSet<Value> leaves;
  collectFloating(op, slice, leaves);
  SmallVector<Value> reads(leaves.begin(), leaves.end());
  return llvm::any_of(slice, isExpensive) ||
         countFullReads(reads, getSpace(op)) > 1;
}

void KernelClusters::assignHomes() {
  for (auto [index, op] : llvm::enumerate(computations)) {
    if (!isElementwise(op)) {
      int64_t shared = findSharedReduction(op);
      home[op] = shared == floating ? int64_t(index) : shared;
      continue;
    }
    int64_t kernel = floating;
    for (Value read : getReads(op))
      kernel = std::max(kernel, latest(read));
    if (kernel != floating && joins(op, kernel))
      home[op] = kernel;
    else
      home[op] = needsOwnKernel(op) ? int64_t(index) : floating;
  }
}

/// Whether the value is in memory whatever becomes of the elementwise
/// operations in its own kernel.
bool KernelClusters::isMaterialized(Value value) const {
  Operation *op = value.getDefiningOp();
  if (!op || !isComputation(op))
    return true;
  int64_t kernel = home.lookup(op);
  if (kernel == floating)
    return false;
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    if (!isComputation(user))
      return true;
    int64_t userKernel = home.lookup(user);
    return userKernel != floating && userKernel != kernel;
  });
}

/// Collect the operations that make `op` out of values that are in memory, and
/// those values; false where there is no such way.
bool KernelClusters::collectRecomputable(
    Operation *op, SmallVectorImpl<Operation *> &slice,
    llvm::SmallDenseSet<Value> &leaves) const {
  if (isExpensive(op))
    return false;
  if (llvm::is_contained(slice, op))
    return true;
  for (Value read : getReads(op)) {
    if (isMaterialized(read)) {
      leaves.insert(read);
      continue;
    }
    Operation *producer = read.getDefiningOp();
    if (!isElementwise(producer) ||
        !collectRecomputable(producer, slice, leaves))
      return false;
  }
  slice.push_back(op);
  return true;
}

/// An operation at the end of a kernel whose result would be in memory only for
/// contractions and reductions to read, and which can be made from what is in
/// memory anyway, is left to those readers.
void KernelClusters::leaveToReaders() {
  for (Operation *op : llvm::reverse(computations)) {
    int64_t kernel = home[op];
    if (!isElementwise(op) || kernel == floating || getSpace(op).empty())
      continue;
    bool inMemory = false;
    unsigned readers = 0;
    for (Operation *user : op->getUsers()) {
      if (!isComputation(user) || isStandaloneKernel(user)) {
        inMemory = true;
      } else if (!isElementwise(user) && home[user] == kernel) {
        continue;
      } else if (!isElementwise(user) || home[user] == floating) {
        ++readers;
      } else {
        inMemory |= home[user] != kernel;
      }
    }
    SmallVector<Operation *> slice;
    llvm::SmallDenseSet<Value> leaves;
    if (inMemory || readers == 0 || !collectRecomputable(op, slice, leaves))
      continue;
    SmallVector<Value> reads(leaves.begin(), leaves.end());
    unsigned full = countFullReads(reads, getSpace(op));
    if (full == 0 || (full > 1 && readers > 1))
      continue;
    recomputed.insert(slice.begin(), slice.end());
  }
}

/// The latest kernel that reads `value`, through views and floating operations.
int64_t KernelClusters::latestReader(Value value) const {
  int64_t result = floating;
  for (Operation *user : value.getUsers()) {
    int64_t kernel = isComputation(user) ? home.lookup(user) : floating;
    if (kernel == floating)
      for (Value next : user->getResults())
        kernel = std::max(kernel, latestReader(next));
    result = std::max(result, kernel);
  }
  return result;
}

/// The earliest kernel that reads `value`, through views and floating
/// operations; the number of computations if none does.
int64_t KernelClusters::earliestReader(Value value) const {
  int64_t result = computations.size();
  for (Operation *user : value.getUsers()) {
    int64_t kernel = isComputation(user) ? home.lookup(user) : floating;
    if (kernel != floating) {
      result = std::min(result, kernel);
      continue;
    }
    for (Value next : user->getResults())
      result = std::min(result, earliestReader(next));
  }
  return result;
}

/// An update in place must come after the last reader of the old value. Where a
/// reader comes after the kernel that the update joined, the update gets a
/// kernel of its own.
void KernelClusters::separateUpdates(func::FuncOp func) {
  Operation *terminator = body.getTerminator();
  for (BlockArgument argument : func.getArguments()) {
    auto replacedBy = func.getArgAttrOfType<IntegerAttr>(
        argument.getArgNumber(), attrs::replacedBy);
    if (!replacedBy)
      continue;
    Operation *update =
        terminator->getOperand(replacedBy.getInt()).getDefiningOp();
    if (!update || !isComputation(update) || !isElementwise(update))
      continue;
    if (latestReader(argument) > home[update])
      home[update] = position[update];
  }
}

/// The operations that `kernel` computes to have `value`.
void KernelClusters::collectPrologue(
    Value value, int64_t kernel,
    llvm::SmallDenseSet<Operation *> &prologue) const {
  Operation *op = value.getDefiningOp();
  if (!op || !isClonedInto(op, kernel) || !prologue.insert(op).second)
    return;
  // What is before a view is computed at other positions.
  if (readsMemory(op))
    return;
  for (Value read : getReads(op))
    collectPrologue(read, kernel, prologue);
}

/// Bits of a value that no kernel makes (a model's input) are made by the first
/// contraction that computes the same predicate while it packs that value.
void KernelClusters::attachToReaders() {
  for (auto [index, op] : llvm::enumerate(computations)) {
    if (!isElementwise(op) || home[op] != int64_t(index))
      continue;
    llvm::SmallDenseSet<Operation *> needed;
    for (Value read : getReads(op))
      collectPrologue(read, floating, needed);
    if (needed.empty())
      continue;
    for (auto [kernel, contraction] : llvm::enumerate(computations)) {
      auto generic = dyn_cast<linalg::GenericOp>(contraction);
      if (!generic || !getContractionLoops(cast<linalg::LinalgOp>(contraction)))
        continue;
      llvm::SmallDenseSet<Operation *> prologue;
      for (Value factor : generic.getDpsInputs())
        collectPrologue(factor, kernel, prologue);
      bool shares = llvm::any_of(
          needed, [&](Operation *n) { return prologue.contains(n); });
      bool inTime = llvm::all_of(op->getResults(), [&](Value result) {
        return earliestReader(result) > int64_t(kernel);
      });
      bool available = llvm::all_of(getReads(op), [&](Value read) {
        return latest(read) < int64_t(kernel);
      });
      if (!shares || !inTime || !available)
        continue;
      home[op] = kernel;
      break;
    }
  }
}

//===----------------------------------------------------------------------===//
// Clusters
//===----------------------------------------------------------------------===//

bool KernelClusters::isClonedInto(Operation *op, int64_t kernel) const {
  if (!isComputation(op))
    return false;
  int64_t own = home.lookup(op);
  return own == floating || (own != kernel && recomputed.contains(op));
}

/// From the last kernel to the first: what later ones read is known by then.
void KernelClusters::buildClusters() {
  llvm::DenseSet<Value> needed;
  for (Operation &op : body)
    if (isView(&op) || op.hasTrait<mlir::OpTrait::IsTerminator>())
      needed.insert(op.operand_begin(), op.operand_end());

  std::map<int64_t, SmallVector<Operation *>> byHome;
  for (Operation *op : computations)
    if (home[op] != floating)
      byHome[home[op]].push_back(op);

  for (auto &[kernel, ops] : llvm::reverse(byHome)) {
    KernelCluster cluster;
    cluster.anchor = computations[kernel];
    llvm::SmallDenseSet<Operation *> members;
    SmallVector<Operation *> worklist;
    for (Operation *op : ops)
      for (Value result : op->getResults())
        if (needed.contains(result)) {
          cluster.results.push_back(result);
          if (members.insert(op).second)
            worklist.push_back(op);
        }
    if (cluster.results.empty())
      continue;
    while (!worklist.empty()) {
      Operation *op = worklist.pop_back_val();
      for (Value read : getReads(op)) {
        Operation *producer = read.getDefiningOp();
        bool inside =
            producer && isComputation(producer) &&
            (home[producer] == kernel || isClonedInto(producer, kernel));
        if (inside && members.insert(producer).second)
          worklist.push_back(producer);
      }
    }
    for (Operation *op : computations)
      if (members.contains(op))
        cluster.members.push_back(op);
    for (Operation *op : cluster.members)
      for (Value read : getReads(op)) {
        Operation *producer = read.getDefiningOp();
        if (producer &&
            (members.contains(producer) || isa<arith::ConstantOp>(producer)))
          continue;
        cluster.inputs.insert(read);
        needed.insert(read);
      }
    clusters.push_back(std::move(cluster));
  }
  std::reverse(clusters.begin(), clusters.end());
}

KernelClusters::KernelClusters(func::FuncOp func)
    : body(func.getBody().front()) {
  for (Operation &op : body)
    if (isComputation(&op)) {
      position[&op] = computations.size();
      computations.push_back(&op);
    }
  assignHomes();
  leaveToReaders();
  separateUpdates(func);
  attachToReaders();
  buildClusters();
}
