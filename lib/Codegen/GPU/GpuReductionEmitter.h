//===- GpuReductionEmitter.h - One kernel with reductions -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Teams of threads reduce rows or columns, level after level: in one grid, or
// where a sum is shared by blocks, in one grid a level.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_GPUREDUCTIONEMITTER_H
#define AUXACT_LIB_CODEGEN_GPU_GPUREDUCTIONEMITTER_H

#include "GpuEvaluator.h"
#include "GpuFrame.h"
#include "ReductionStrategy.h"
#include "auxact/Codegen/Kernel/Reductions.h"

namespace mlir::auxact::device {

class GpuReductionEmitter {
public:
  GpuReductionEmitter(func::FuncOp kernel, const codegen::KernelForm &form);

  LogicalResult emit();

private:
  using Items = ArrayRef<codegen::Accumulated>;
  using Results = ArrayRef<codegen::KernelResult>;

  /// One step of a thread: where, and whether it exists (null: always).
  struct Step {
    codegen::Position position;
    Value exists;
  };

  // Grids (GpuReductionEmitter.cpp).
  LogicalResult checkResults();
  void startGrid(int64_t splits);
  void emitWhole();
  void emitSplit();
  void storeReduced(Value guard);
  Value isFirstMember();

  // Steps of a thread (ReductionSteps.cpp).
  Step stepAt(Value step, int64_t offset, bool mayBeBeyond);
  SmallVector<Value> reduceSteps(Items items, Results passing);
  SmallVector<Value> reduceUnrolled(Items items, Results passing);
  void accumulate(Items items, Results passing, const Step &step,
                  MutableArrayRef<Value> accumulators);
  void storePassing(Results passing, const Step &step);

  // Across the threads of a team (ReductionTeam.cpp).
  SmallVector<Value> reduceTeam(Items items, ArrayRef<Value> values);
  SmallVector<Value> reduceRowTeam(Items items, ArrayRef<Value> values);
  SmallVector<Value> reduceColumnTeam(Items items, ArrayRef<Value> values);
  Value horizontal(codegen::Combiner combiner, Value vector);
  Value shuffle(Value value, int64_t distance);
  void storePartials(int64_t level, Items items, ArrayRef<Value> values);
  SmallVector<Value> loadPartials(int64_t level, Items items);
  Value partialsView(int64_t level, unsigned item, Items items);
  int64_t sumWidth() const;

  GpuFrame frame;
  ImplicitLocOpBuilder &b;
  GpuEvaluator evaluator;
  codegen::Reductions r;
  const codegen::KernelForm &form;
  ReductionStrategy s;
  /// Offsets in the workspace, by level and item.
  SmallVector<SmallVector<int64_t>> partials;

  // Of the current grid.
  Value member, team;
  /// Whether the thread's team has a sum to make; null: always.
  Value teamExists;
  /// Number of the sum, and where it lies: its row, or its first element's
  /// column, after the index before the reduced loop where there is one.
  Value sum;
  SmallVector<codegen::Index, 2> sumIndices;
  /// Where the reduced values lie.
  codegen::Position reduced;
  /// The steps of this block's split.
  Value from, to;
  SmallVector<Step> unrolledSteps;
  int64_t sharedOffset = 0;
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_GPUREDUCTIONEMITTER_H
