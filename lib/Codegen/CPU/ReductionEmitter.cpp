//===- ReductionEmitter.cpp - One kernel with reductions ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What both directions share: which results are stored where, and combining.
//
//===----------------------------------------------------------------------===//

#include "ReductionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

namespace mlir::auxact::cpu {

ReductionEmitter::ReductionEmitter(func::FuncOp kernel, const KernelForm &form,
                                   int64_t vectorBits)
    : frame(kernel), b(frame.builder()), evaluator(frame), form(form),
      width(vectorBits / 32) {
  for (const Reduction &reduction : form.reductions) {
    levels.resize(std::max<size_t>(levels.size(), reduction.level + 1));
    for (auto [number, value] : llvm::enumerate(reduction.values))
      levels[reduction.level].push_back(
          {&reduction, static_cast<unsigned>(number), value});
  }
}

LogicalResult ReductionEmitter::emit() {
  if (failed(sortResults()))
    return failure();
  for (const KernelResult &result : form.results)
    evaluator.prepareScalars(result.tensor);
  bool alongRows = form.kind == KernelKind::RowReduction;
  Chunks chunks =
      alongRows ? chunkRowReduction(form.parallelExtent, form.reductionExtent)
                : chunkColumnReduction(form.reductionExtent,
                                       form.parallelExtent, width);
  if (alongRows)
    emitRows(chunks);
  else
    emitColumns(chunks);
  if (evaluator.failed())
    return failure();
  frame.finish(chunks.rowTasks * chunks.columnTasks);
  return success();
}

/// Results over the whole space go where the loops pass them; reduced ones
/// are stored once everything is summed.
LogicalResult ReductionEmitter::sortResults() {
  int64_t space[2] = {form.parallelExtent, form.reductionExtent};
  if (form.kind == KernelKind::ColumnReduction)
    std::swap(space[0], space[1]);
  bool hasParallel = form.reductions[0].parallelLoop >= 0;
  for (const KernelResult &result : form.results) {
    ArrayRef<int64_t> shape = result.getShape();
    bool full = hasParallel ? shape == ArrayRef<int64_t>(space, 2)
                            : shape == ArrayRef<int64_t>(space + 1, 1);
    bool reduced =
        hasParallel ? shape == ArrayRef(form.parallelExtent) : shape.empty();
    // A vector of results as long as the space is full if nothing reduced it.
    if (full && !(reduced && result.afterReduction))
      (result.afterReduction ? fullAfter : fullBefore).push_back(result);
    else if (reduced)
      reducedResults.push_back(result);
    else
      return frame.getSource().emitError("result ")
             << result.number
             << " of the kernel has neither the shape of its reductions' "
                "space "
             << "nor of what is left of it; compute it in a kernel of its "
                "own";
  }
  return success();
}

Value ReductionEmitter::combine(Combiner combiner, Value lhs, Value rhs) {
  switch (combiner) {
  case Combiner::Add:
    return arith::AddFOp::create(b, lhs, rhs);
  case Combiner::Maximum:
    return arith::MaximumFOp::create(b, lhs, rhs);
  case Combiner::Minimum:
    return arith::MinimumFOp::create(b, lhs, rhs);
  }
  llvm_unreachable("all combiners are handled");
}

Value ReductionEmitter::neutral(const Accumulated &item) {
  Type element = item.value.combined.getType();
  double value = 0;
  if (item.value.combiner != Combiner::Add)
    value = std::numeric_limits<double>::infinity() *
            (item.value.combiner == Combiner::Maximum ? -1 : 1);
  auto type = VectorType::get({width}, element);
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             type, cast<Attribute>(b.getFloatAttr(element, value))));
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
    vector = combine(combiner, lhs, rhs);
  }
  return vector::ExtractOp::create(b, vector, 0);
}

SmallVector<Value> ReductionEmitter::neutrals(ArrayRef<Accumulated> items,
                                              int64_t copies) {
  SmallVector<Value> values;
  for (int64_t i = 0; i < copies; ++i)
    for (const Accumulated &item : items)
      values.push_back(neutral(item));
  return values;
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
    Value value = evaluator.inBody(item.reduction->op, item.value.combined,
                                   loopsOf(*item.reduction, position));
    value = evaluator.splat(value, width);
    if (position.active != width && form.kind == KernelKind::RowReduction)
      value = arith::SelectOp::create(b, evaluator.mask(width, position.active),
                                      value, neutral(item));
    accumulator = combine(item.value.combiner, accumulator, value);
  }
  for (const KernelResult &result : passing)
    evaluator.store(result, position);
}

/// The reduction's own loops at a position of the space.
Position ReductionEmitter::loopsOf(const Reduction &reduction,
                                   const Position &position) {
  Position loops = position;
  if (reduction.parallelLoop < 0)
    return loops;
  bool alongRows = form.kind == KernelKind::RowReduction;
  loops.indices[reduction.parallelLoop] = position.indices[alongRows ? 0 : 1];
  loops.indices[reduction.reductionLoop] = position.indices[alongRows ? 1 : 0];
  loops.lane = alongRows ? reduction.reductionLoop : reduction.parallelLoop;
  return loops;
}

/// Makes the reduced values known to what reads them.
void ReductionEmitter::bindReduced(ArrayRef<Accumulated> items,
                                   ValueRange values,
                                   const Position &position) {
  for (auto [item, value] : llvm::zip(items, values)) {
    linalg::LinalgOp op = item.reduction->op;
    Value init = op.getDpsInits()[item.number];
    Value first = evaluator.at(init, position);
    if (isa<VectorType>(value.getType()))
      first = evaluator.splat(first, width);
    evaluator.bind(op->getResult(item.number), position,
                   combine(item.value.combiner, value, first));
  }
}

} // namespace mlir::auxact::cpu
