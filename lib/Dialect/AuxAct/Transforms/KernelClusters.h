//===- KernelClusters.h - Which operations run in which kernel --*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_KERNELCLUSTERS_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_KERNELCLUSTERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::auxact {

/// The operations of one kernel and the values that cross its boundary.
struct KernelCluster {
  /// Contraction, reduction, standalone or first elementwise operation.
  Operation *anchor;
  /// All operations, in program order; those that other kernels compute as well
  /// are among them.
  SmallVector<Operation *> members;
  llvm::SetVector<Value> inputs;
  SmallVector<Value> results;
};

/// Divides the linalg stage of a step into kernels.
///
/// A contraction or a reduction starts a kernel, but that reductions over the
/// same elements share one. An elementwise operation joins
/// the latest kernel that it reads from (an *epilogue*), or, where it can be
/// computed from what is in memory anyway, the kernels that read it (a
/// *prologue*). So `x + eps * s` takes the place of `x` in memory if nothing
/// else reads `x`, and is made while `x` is packed otherwise: never are both in
/// memory. A standalone operation is a kernel by itself, and what it reads and
/// makes is in memory. Kernels depend on each other only forwards in program
/// order.
class KernelClusters {
public:
  explicit KernelClusters(func::FuncOp func);

  ArrayRef<KernelCluster> getClusters() const { return clusters; }

private:
  static constexpr int64_t floating = -1;

  void assignHomes();
  void leaveToReaders();
  void separateUpdates(func::FuncOp func);
  void attachToReaders();
  void buildClusters();

  int64_t latest(Value value) const;
  bool joins(Operation *op, int64_t home) const;
  bool readsInRegisters(Value value, int64_t kernel) const;
  bool readsThroughView(Value value, int64_t kernel) const;
  void collectFloating(Operation *op,
                       llvm::SmallSetVector<Operation *, 4> &slice,
                       llvm::SmallDenseSet<Value> &leaves) const;
  bool needsOwnKernel(Operation *op) const;
  bool passesRowsOf(ArrayRef<int64_t> space, Operation *anchor) const;
  llvm::SmallDenseSet<Value> getFullLeaves(Operation *reduction) const;
  int64_t findSharedReduction(Operation *op) const;
  bool isMaterialized(Value value) const;
  bool collectRecomputable(Operation *op, SmallVectorImpl<Operation *> &slice,
                           llvm::SmallDenseSet<Value> &leaves) const;
  void collectPrologue(Value value, int64_t home,
                       llvm::SmallDenseSet<Operation *> &prologue) const;
  int64_t latestReader(Value value) const;
  int64_t earliestReader(Value value) const;
  bool isClonedInto(Operation *op, int64_t home) const;

  Block &body;
  /// Elementwise operations, contractions and reductions, in program order.
  SmallVector<Operation *> computations;
  llvm::DenseMap<Operation *, int64_t> position;
  /// The kernel of each computation, by the position of its anchor; `floating`
  /// where it is computed by the kernels that read it.
  llvm::DenseMap<Operation *, int64_t> home;
  /// Computations that readers do again although they have a home.
  llvm::DenseSet<Operation *> recomputed;
  SmallVector<KernelCluster> clusters;
};

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_KERNELCLUSTERS_H
