//===- RowReduction.cpp - Reductions along the last dimension -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Row by row, lanes along the row, several accumulators.
//
//===----------------------------------------------------------------------===//

#include "ReductionEmitter.h"

namespace mlir::auxact::cpu {

void ReductionEmitter::emitRows(const Chunks &chunks) {
  Value first = frame.mul(frame.task(), chunks.rows);
  Value last = frame.minimum(frame.add(first, chunks.rows), form.outerExtent);
  frame.loop(first, last, 1, [&](Value row) {
    VectorEvaluator::Scope scope(evaluator);
    Position reduced;
    if (r.hasOuter())
      reduced.indices.push_back({row});
    for (auto [level, items] : llvm::enumerate(r.levels)) {
      SmallVector<Value> sums = reduceRow(
          items, level == 0 ? ArrayRef(r.fullBefore) : ArrayRef<KernelResult>(),
          reduced);
      r.bindReduced(items, sums, reduced);
    }
    if (!r.fullAfter.empty())
      reduceRow({}, r.fullAfter, reduced);
    for (const KernelResult &result : r.reducedResults)
      evaluator.at(result.tensor, reduced);
    for (const KernelResult &result : r.reducedResults)
      evaluator.store(result, reduced);
  });
}

/// One loop over the row `reduced`; returns one scalar for each item.
SmallVector<Value> ReductionEmitter::reduceRow(ArrayRef<Accumulated> items,
                                               ArrayRef<KernelResult> passing,
                                               const Position &reduced) {
  int64_t columns = form.reductionExtent;
  int64_t copies = columns >= 8 * width ? 4 : columns >= 2 * width ? 2 : 1;
  SmallVector<Value> accumulators = r.neutrals(items, copies, width);
  auto step = [&](Index column, int64_t active, MutableArrayRef<Value> into) {
    Position position = reduced;
    position.indices.push_back(column);
    position.lane = position.indices.size() - 1;
    position.width = width;
    position.active = active;
    accumulate(items, passing, position, into);
  };
  int64_t wide = columns / (copies * width) * (copies * width);
  accumulators = frame.loop(
      frame.constant(0), frame.constant(wide), copies * width, accumulators,
      [&](Value column, ValueRange carried) {
        VectorEvaluator::Scope scope(evaluator);
        SmallVector<Value> next(carried);
        for (int64_t i = 0; i < copies; ++i)
          step({column, i * width}, width,
               MutableArrayRef(next).slice(i * items.size(), items.size()));
        return next;
      });
  // What is left, at most `copies` vectors, each into its own accumulator.
  VectorEvaluator::Scope scope(evaluator);
  for (int64_t i = 0; wide + i * width < columns; ++i)
    step({Value(), wide + i * width},
         std::min(width, columns - wide - i * width),
         MutableArrayRef(accumulators).slice(i * items.size(), items.size()));
  r.mergeCopies(items, accumulators);
  SmallVector<Value> sums;
  for (auto [item, sum] : llvm::zip(items, accumulators))
    sums.push_back(horizontal(item.value.combiner, sum));
  return sums;
}

} // namespace mlir::auxact::cpu
