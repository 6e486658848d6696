//===- ContractionEmitter.h - One contraction kernel ------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The grids of a kernel with a contraction, around its main loop.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_CONTRACTIONEMITTER_H
#define AUXACT_LIB_CODEGEN_GPU_CONTRACTIONEMITTER_H

#include "ContractionStrategy.h"
#include "ElementLoop.h"
#include "Mainloop.h"

#include "auxact/Codegen/Kernel/KernelForm.h"

namespace mlir::auxact::device {

/// What its strategy depends on. Tensor cores multiply bf16 factors, and
/// float32 ones where the contraction is marked so.
ContractionShape shapeOf(const codegen::Contraction &contraction);

class ContractionEmitter {
public:
  ContractionEmitter(func::FuncOp kernel, const codegen::KernelForm &form,
                     const ContractionStrategy &strategy);

  LogicalResult emit();

private:
  LogicalResult sortResults();
  /// One block for each tile of the result (and each part of the depth).
  LogicalResult emitTiles();
  void locateTile();
  DepthRange depthRange();
  /// Sums in registers become rows in shared memory.
  Value stageSums(ArrayRef<TileSums> sums);
  void emitEpilogue(GpuEvaluator &evaluator, Value sums);
  void storePartialSums(GpuEvaluator &evaluator, Value sums);
  /// Results that are computed from a factor alone, shared by all blocks.
  void emitFactorResults(GpuEvaluator &evaluator);
  /// Adds up the parts in a fixed order.
  LogicalResult emitSumOfParts();

  bool hasProducts() const {
    return c.batch == codegen::Contraction::ParallelBatch;
  }
  ElementLoop tileLoop(ArrayRef<codegen::KernelResult> results);
  Value partialSums();

  GpuFrame frame;
  ImplicitLocOpBuilder &b;
  const codegen::KernelForm &form;
  const codegen::Contraction &c;
  ContractionStrategy s;
  int64_t tileRows, tileColumns; // tiles down and across the result
  int64_t workspace = 0;
  SmallVector<codegen::KernelResult> epilogue, ofFactors;
  Value rowOrigin, columnOrigin, part;
  Value batch; // of products of their own; null without
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_CONTRACTIONEMITTER_H
