//===- ReductionEmitter.cpp - One kernel with reductions ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What both directions share: combining.
//
//===----------------------------------------------------------------------===//

#include "ReductionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact::cpu {

ReductionEmitter::ReductionEmitter(func::FuncOp kernel, const KernelForm &form,
                                   int64_t vectorBits)
    : frame(kernel), b(frame.builder()), evaluator(frame), form(form),
      width(vectorBits / 32), r(frame, evaluator, form) {}

LogicalResult ReductionEmitter::emit() {
  if (failed(r.sortResults()))
    return failure();
  for (const KernelResult &result : form.results)
    evaluator.prepareScalars(result.tensor);
  bool alongRows = r.alongRows();
  Chunks chunks =
      alongRows ? chunkRowReduction(form.outerExtent, form.reductionExtent)
                : chunkColumnReduction(form.outerExtent, form.reductionExtent,
                                       form.innerExtent, width);
  if (alongRows)
    emitRows(chunks);
  else
    emitColumns(chunks);
  if (evaluator.failed())
    return failure();
  frame.finish(chunks.rowTasks * chunks.columnTasks);
  return success();
}

/// Halves a vector until one element is left: few roundings, and any number
/// of tasks gives the same ones.
Value ReductionEmitter::horizontal(Combiner combiner, Value vector) {
  for (int64_t n = width; n > 1; n /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < n / 2; ++i) {
      low.push_back(i);
      high.push_back(i + n / 2);
    }
    Value lhs = vector::ShuffleOp::create(b, vector, vector, low);
    Value rhs = vector::ShuffleOp::create(b, vector, vector, high);
    vector = r.combine(combiner, lhs, rhs);
  }
  return vector::ExtractOp::create(b, vector, 0);
}

/// Adds the elements at `position` of the space to `accumulators` and stores
/// the results that pass by.
void ReductionEmitter::accumulate(ArrayRef<Accumulated> items,
                                  ArrayRef<KernelResult> passing,
                                  const Position &position,
                                  MutableArrayRef<Value> accumulators) {
  for (const KernelResult &result : passing)
    evaluator.at(result.tensor, position);
  for (auto [item, accumulator] : llvm::zip(items, accumulators)) {
    Value value = r.combinedAt(item, position);
    if (position.active != width && r.alongRows())
      value = arith::SelectOp::create(b, evaluator.mask(width, position.active),
                                      value, r.neutral(item, width));
    accumulator = r.combine(item.value.combiner, accumulator, value);
  }
  for (const KernelResult &result : passing)
    evaluator.store(result, position);
}

} // namespace mlir::auxact::cpu
