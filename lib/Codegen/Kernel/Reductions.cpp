//===- Reductions.cpp - What a kernel with reductions combines ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Which results are stored where, and combining.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/Kernel/Reductions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

namespace mlir::auxact::codegen {

Reductions::Reductions(Frame &frame, Evaluator &evaluator,
                       const KernelForm &form)
    : frame(frame), b(frame.builder()), evaluator(evaluator), form(form) {
  for (const Reduction &reduction : form.reductions) {
    levels.resize(std::max<size_t>(levels.size(), reduction.level + 1));
    for (auto [number, value] : llvm::enumerate(reduction.values))
      levels[reduction.level].push_back(
          {&reduction, static_cast<unsigned>(number), value});
  }
}

/// Results over the whole space go where the loops pass them; reduced ones
/// are stored once everything is summed.
LogicalResult Reductions::sortResults() {
  SmallVector<int64_t, 3> space, kept;
  if (hasOuter())
    space.push_back(form.outerExtent);
  space.push_back(form.reductionExtent);
  if (hasInner())
    space.push_back(form.innerExtent);
  kept = space;
  kept.erase(kept.begin() + hasOuter());
  for (const KernelResult &result : form.results) {
    ArrayRef<int64_t> shape = result.getShape();
    bool full = shape == ArrayRef(space), reduced = shape == ArrayRef(kept);
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

Value Reductions::combine(Combiner combiner, Value lhs, Value rhs) {
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

Value Reductions::neutral(const Accumulated &item, int64_t width) {
  Type element = item.value.combined.getType();
  double value = 0;
  if (item.value.combiner != Combiner::Add)
    value = std::numeric_limits<double>::infinity() *
            (item.value.combiner == Combiner::Maximum ? -1 : 1);
  FloatAttr scalar = b.getFloatAttr(element, value);
  if (width == 1)
    return arith::ConstantOp::create(b, scalar);
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(VectorType::get({width}, element),
                                cast<Attribute>(scalar)));
}

SmallVector<Value> Reductions::neutrals(ArrayRef<Accumulated> items,
                                        int64_t copies, int64_t width) {
  SmallVector<Value> values;
  for (int64_t i = 0; i < copies; ++i)
    for (const Accumulated &item : items)
      values.push_back(neutral(item, width));
  return values;
}

void Reductions::mergeCopies(ArrayRef<Accumulated> items,
                             SmallVector<Value> &values) {
  if (items.empty())
    return;
  size_t copies = values.size() / items.size();
  for (size_t distance = 1; distance < copies; distance *= 2)
    for (size_t i = 0; i + distance < copies; i += 2 * distance)
      for (auto [number, item] : llvm::enumerate(items)) {
        Value &sum = values[i * items.size() + number];
        sum = combine(item.value.combiner, sum,
                      values[(i + distance) * items.size() + number]);
      }
  values.truncate(items.size());
}

Value Reductions::combinedAt(const Accumulated &item,
                             const Position &position) {
  const Reduction &reduction = *item.reduction;
  Position loops = position;
  // From the order of the space to that of the operation's own loops.
  SmallVector<int, 3> order;
  if (hasOuter())
    order.push_back(reduction.outerLoop);
  order.push_back(reduction.reductionLoop);
  if (hasInner())
    order.push_back(reduction.innerLoop);
  for (auto [index, loop] : llvm::zip_equal(position.indices, order))
    loops.indices[loop] = index;
  if (position.lane >= 0)
    loops.lane = order[position.lane];
  Value value = evaluator.inBody(reduction.op, item.value.combined, loops);
  return position.lane < 0 ? value : evaluator.splat(value, position.width);
}

void Reductions::bindReduced(ArrayRef<Accumulated> items, ValueRange values,
                             const Position &position) {
  for (auto [item, value] : llvm::zip(items, values)) {
    linalg::LinalgOp op = item.reduction->op;
    Value init = op.getDpsInits()[item.number];
    Value first = evaluator.at(init, position);
    if (auto type = dyn_cast<VectorType>(value.getType()))
      first = evaluator.splat(first, type.getNumElements());
    evaluator.bind(op->getResult(item.number), position,
                   combine(item.value.combiner, value, first));
  }
}

} // namespace mlir::auxact::codegen
