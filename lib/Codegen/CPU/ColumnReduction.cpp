//===- ColumnReduction.cpp - Reductions before the last dimension ---------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Lanes across a block of columns, down all rows; where there is a loop before
// the rows, for each of its indices.
//
//===----------------------------------------------------------------------===//

#include "ReductionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::cpu {

void ReductionEmitter::emitColumns(const Chunks &chunks) {
  Value rowTask = frame.divide(frame.task(), chunks.columnTasks);
  Value columnTask = frame.remainder(frame.task(), chunks.columnTasks);
  Value first = frame.mul(columnTask, chunks.columns);
  Value last =
      frame.minimum(frame.add(first, chunks.columns), form.innerExtent);
  if (!r.hasOuter())
    return emitColumnBlocks(std::nullopt, first, last);
  Value firstOuter = frame.mul(rowTask, chunks.rows);
  Value lastOuter =
      frame.minimum(frame.add(firstOuter, chunks.rows), form.outerExtent);
  frame.loop(firstOuter, lastOuter, 1, [&](Value outer) {
    VectorEvaluator::Scope scope(evaluator);
    emitColumnBlocks(Index{outer}, first, last);
  });
}

/// The columns [first, last), block after block; only the last is not full.
void ReductionEmitter::emitColumnBlocks(std::optional<Index> outer, Value first,
                                        Value last) {
  int64_t columns = form.innerExtent;
  int64_t block = std::min(columns, kColumnVectors * width);
  int64_t whole = columns / block * block;
  auto emit = [&](Value start, int64_t count) {
    VectorEvaluator::Scope scope(evaluator);
    emitColumnBlock(outer, start, count);
  };
  frame.loop(first, frame.minimum(last, whole), block,
             [&](Value start) { emit(start, block); });
  if (whole < columns)
    frame.branch(b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, last,
                                               frame.constant(columns)),
                 [&] { emit(frame.constant(whole), columns - whole); });
}

/// All rows of the columns [start, start + count).
void ReductionEmitter::emitColumnBlock(std::optional<Index> outer, Value start,
                                       int64_t count) {
  auto position = [&](std::optional<Index> row, int64_t offset) {
    Position result;
    if (outer)
      result.indices.push_back(*outer);
    if (row)
      result.indices.push_back(*row);
    result.indices.push_back({start, offset});
    result.lane = result.indices.size() - 1;
    result.width = width;
    result.active = std::min(width, count - offset);
    return result;
  };
  for (auto [level, items] : llvm::enumerate(r.levels)) {
    SmallVector<Value> sums = reduceColumns(
        items, level == 0 ? ArrayRef(r.fullBefore) : ArrayRef<KernelResult>(),
        count, position);
    for (int64_t offset = 0, i = 0; offset < count; offset += width, ++i)
      r.bindReduced(items, ArrayRef(sums).slice(i * items.size(), items.size()),
                    position(std::nullopt, offset));
  }
  if (!r.fullAfter.empty())
    reduceColumns({}, r.fullAfter, count, position);
  for (int64_t offset = 0; offset < count; offset += width) {
    for (const KernelResult &result : r.reducedResults)
      evaluator.at(result.tensor, position(std::nullopt, offset));
    for (const KernelResult &result : r.reducedResults)
      evaluator.store(result, position(std::nullopt, offset));
  }
}

/// Sums of `segment` rows are added to sums of segments: the error grows with
/// their number, not with that of the rows. One value for each vector of
/// columns and item, the items of a vector together.
SmallVector<Value>
ReductionEmitter::reduceColumns(ArrayRef<Accumulated> items,
                                ArrayRef<KernelResult> passing, int64_t count,
                                MakePosition position) {
  constexpr int64_t segment = 64;
  int64_t rows = form.reductionExtent, vectors = llvm::divideCeil(count, width);
  // Few columns: several rows at once, or each addition waits for the last.
  int64_t copies = std::min<int64_t>(std::max<int64_t>(1, 4 / vectors), rows);
  SmallVector<Value> zero = r.neutrals(items, vectors, width);
  auto segmentOf = [&](Value from, Value to, int64_t step) {
    SmallVector<Value> start = r.neutrals(items, vectors * step, width);
    SmallVector<Value> sums =
        frame.loop(from, to, step, start, [&](Value row, ValueRange carried) {
          VectorEvaluator::Scope scope(evaluator);
          SmallVector<Value> next(carried);
          for (int64_t i = 0; i < step * vectors; ++i)
            accumulate(
                items, passing,
                position(Index{row, i / vectors}, i % vectors * width),
                MutableArrayRef(next).slice(i * items.size(), items.size()));
          return next;
        });
    size_t size = vectors * items.size();
    for (int64_t i = 1; i < step; ++i)
      for (size_t j = 0; j < size; ++j)
        sums[j] = r.combine(items[j % items.size()].value.combiner, sums[j],
                            sums[i * size + j]);
    sums.truncate(size);
    return sums;
  };
  auto addAll = [&](SmallVector<Value> totals, ArrayRef<Value> sums) {
    for (size_t j = 0; j < totals.size(); ++j)
      totals[j] =
          r.combine(items[j % items.size()].value.combiner, totals[j], sums[j]);
    return totals;
  };
  int64_t whole = rows / copies * copies;
  SmallVector<Value> totals = frame.loop(
      frame.constant(0), frame.constant(whole), segment, zero,
      [&](Value from, ValueRange carried) {
        Value to = frame.minimum(frame.add(from, segment), whole);
        return addAll(llvm::to_vector(carried), segmentOf(from, to, copies));
      });
  if (whole < rows)
    totals = addAll(totals,
                    segmentOf(frame.constant(whole), frame.constant(rows), 1));
  return totals;
}

} // namespace mlir::auxact::cpu
