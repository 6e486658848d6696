//===- ReductionEmitter.h - One kernel with reductions ----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// State shared by the loops along rows and along columns.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_CPU_REDUCTIONEMITTER_H
#define AUXACT_LIB_CODEGEN_CPU_REDUCTIONEMITTER_H

#include "KernelFrame.h"
#include "Strategy.h"
#include "VectorEvaluator.h"
#include "auxact/Codegen/Kernel/Reductions.h"

namespace mlir::auxact::cpu {

class ReductionEmitter {
public:
  ReductionEmitter(func::FuncOp kernel, const KernelForm &form,
                   int64_t vectorBits);

  LogicalResult emit();

private:
  // Combining (ReductionEmitter.cpp).
  Value horizontal(Combiner combiner, Value vector);
  void accumulate(ArrayRef<Accumulated> items, ArrayRef<KernelResult> passing,
                  const Position &position,
                  MutableArrayRef<Value> accumulators);

  // Along rows (RowReduction.cpp).
  void emitRows(const Chunks &chunks);
  SmallVector<Value> reduceRow(ArrayRef<Accumulated> items,
                               ArrayRef<KernelResult> passing,
                               const Position &reduced);

  // Along columns, with or without a loop around (ColumnReduction.cpp).
  using MakePosition =
      llvm::function_ref<Position(std::optional<Index> row, int64_t offset)>;
  void emitColumns(const Chunks &chunks);
  void emitColumnBlocks(std::optional<Index> outer, Value first, Value last);
  void emitColumnBlock(std::optional<Index> outer, Value start, int64_t count);
  SmallVector<Value> reduceColumns(ArrayRef<Accumulated> items,
                                   ArrayRef<KernelResult> passing,
                                   int64_t count, MakePosition position);

  KernelFrame frame;
  ImplicitLocOpBuilder &b;
  VectorEvaluator evaluator;
  const KernelForm &form;
  int64_t width;
  Reductions r;
};

} // namespace mlir::auxact::cpu

#endif // AUXACT_LIB_CODEGEN_CPU_REDUCTIONEMITTER_H
