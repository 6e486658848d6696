//===- EvaluateView.cpp - Elements of affine views ------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Where a view leads, and what of it exists: a vector whose lanes stay together
// is one access, masked where it must be; others are found one by one.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/Kernel/AffineAnalysis.h"
#include "auxact/Codegen/Kernel/Evaluator.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

namespace mlir::auxact::codegen {

namespace {

/// What must hold for an element to exist.
struct Check {
  enum Kind { Within, NonNegative, Zero } kind;
  AffineExpr expr;
  int64_t size = 0; // of Within: expr in [0, size)
};

} // namespace

static bool isWithin(std::pair<int64_t, int64_t> bounds, int64_t size) {
  return bounds.first >= 0 && bounds.second < size;
}

/// `exprs`, indices in row-major order in `from`, as indices in `to`.
static SmallVector<AffineExpr> reindex(ArrayRef<AffineExpr> exprs,
                                       ArrayRef<int64_t> from,
                                       ArrayRef<int64_t> to) {
  SmallVector<AffineExpr> result;
  size_t i = 0, j = 0;
  while (j < to.size()) {
    // The least number of dimensions on both sides with as many elements.
    size_t firstFrom = i, firstTo = j;
    int64_t fromSize = i < from.size() ? from[i++] : 1, toSize = to[j++];
    while (fromSize != toSize)
      (fromSize < toSize ? fromSize : toSize) *=
          fromSize < toSize ? from[i++] : to[j++];
    AffineExpr linear = getAffineConstantExpr(0, exprs.front().getContext());
    for (size_t d = firstFrom; d < i; ++d)
      linear = linear * from[d] + exprs[d];
    SmallVector<AffineExpr> group(j - firstTo);
    for (size_t d = j; d > firstTo; --d) {
      bool outermost = d - 1 == firstTo;
      group[d - 1 - firstTo] = outermost ? linear : linear % to[d - 1];
      linear = linear.floorDiv(to[d - 1]);
    }
    llvm::append_range(result, group);
  }
  return result;
}

/// Whether `check` holds, for one element.
static Value emitCheck(ImplicitLocOpBuilder &b, Frame &frame,
                       const Check &check, Value value) {
  switch (check.kind) {
  case Check::Within: // unsigned, so that negative numbers are large
    return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ult, value,
                                         frame.constant(check.size));
  case Check::NonNegative:
    return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::sge, value,
                                         frame.constant(0));
  case Check::Zero:
    return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, value,
                                         frame.constant(0));
  }
  llvm_unreachable("all kinds are handled");
}

/// The same for each lane, `first` that of the first, in 32 bits.
static Value emitLaneCheck(ImplicitLocOpBuilder &b, const Check &check,
                           Value first, int64_t step, int64_t width) {
  auto type = VectorType::get({width}, b.getI32Type());
  SmallVector<int32_t> offsets;
  for (int64_t i = 0; i < width; ++i)
    offsets.push_back(static_cast<int32_t>(i * step));
  auto constant = [&](ArrayRef<int32_t> values) -> Value {
    return arith::ConstantOp::create(b, DenseElementsAttr::get(type, values));
  };
  Value lanes = vector::BroadcastOp::create(
      b, type, b.createOrFold<arith::IndexCastOp>(b.getI32Type(), first));
  lanes = arith::AddIOp::create(b, lanes, constant(offsets));
  switch (check.kind) {
  case Check::Within:
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, lanes,
                                 constant(static_cast<int32_t>(check.size)));
  case Check::NonNegative:
    return arith::CmpIOp::create(b, arith::CmpIPredicate::sge, lanes,
                                 constant(0));
  case Check::Zero:
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, lanes,
                                 constant(0));
  }
  llvm_unreachable("all kinds are handled");
}

/// A view's indices as functions of what is known at a position: of its
/// dimensions, or of the digits of those that have some.
struct Evaluator::ViewSpace {
  SmallVector<AffineExpr> dims; // of the view, over the variables
  SmallVector<Value> values;    // of the variables
  SmallVector<int64_t> extents, divisors;
  int lane = -1; // the variable that counts along the lanes

  AffineExpr replace(AffineExpr expr) const {
    return simplifyWithin(expr.replaceDims(dims), extents);
  }
};

void Evaluator::setDigits(Value index, ArrayRef<Digit> itsDigits) {
  digits[index].assign(itsDigits.begin(), itsDigits.end());
}

Evaluator::ViewSpace Evaluator::openSpace(AffineViewOp view,
                                          const Position &position) {
  MLIRContext *context = view.getContext();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(view.getType()).getShape();
  ViewSpace space;
  auto add = [&](Value value, int64_t extent, int64_t divisor) {
    space.values.push_back(value);
    space.extents.push_back(extent);
    space.divisors.push_back(divisor);
    return getAffineDimExpr(space.extents.size() - 1, context);
  };
  for (auto [i, index] : llvm::enumerate(position.indices)) {
    bool isLane = position.lane == static_cast<int>(i);
    auto known = index.base ? digits.find(index.base) : digits.end();
    if (known != digits.end()) {
      AffineExpr sum = getAffineConstantExpr(index.offset, context);
      for (const Digit &digit : known->second)
        sum =
            sum + add(digit.value, digit.extent, digit.divisor) * digit.period;
      space.dims.push_back(sum);
    } else {
      int64_t divisor = index.base ? 1 : index.offset;
      if (isLane && index.base && position.aligned)
        divisor = position.width;
      space.dims.push_back(add(materialize(index), shape[i], divisor));
    }
    if (isLane)
      space.lane = static_cast<int>(space.extents.size()) - 1;
  }
  return space;
}

/// The checks that can fail.
static SmallVector<Check>
collectChecks(AffineViewOp view, ArrayRef<int64_t> extents,
              llvm::function_ref<AffineExpr(AffineExpr)> replace) {
  SmallVector<Check> checks;
  for (auto [index, size] :
       llvm::zip_equal(view.getMap().getResults(), view.getIndexedShape())) {
    AffineExpr expr = replace(index);
    if (!isWithin(boundsOf(expr, extents), size))
      checks.push_back({Check::Within, expr, size});
  }
  std::optional<IntegerSet> condition = view.getCondition();
  if (!condition)
    return checks;
  for (unsigned i = 0; i < condition->getNumConstraints(); ++i) {
    AffineExpr expr = replace(condition->getConstraint(i));
    auto [low, high] = boundsOf(expr, extents);
    if (condition->isEq(i)) {
      if (low != 0 || high != 0)
        checks.push_back({Check::Zero, expr});
    } else if (low < 0) {
      checks.push_back({Check::NonNegative, expr});
    }
  }
  return checks;
}

/// The buffer in another shape of as many elements.
static Value bufferAs(ImplicitLocOpBuilder &b, Value buffer,
                      ArrayRef<int64_t> shape) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getShape() == shape)
    return buffer;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&buffer.getParentRegion()->front());
  SmallVector<int64_t> strides = computeStrides(shape);
  return memref::ReinterpretCastOp::create(
      b, MemRefType::get(shape, type.getElementType()), buffer, /*offset=*/0,
      shape, strides);
}

Value Evaluator::throughView(AffineViewOp view, const Position &position) {
  auto type = cast<RankedTensorType>(view.getType());
  auto input = cast<RankedTensorType>(view.getInput().getType());
  ViewSpace space = openSpace(view, position);
  ArrayRef<int64_t> extents = space.extents;
  SmallVector<Check> checks = collectChecks(
      view, extents, [&](AffineExpr expr) { return space.replace(expr); });
  // A buffer can be seen in the shape of the indices; what is computed has its
  // own.
  auto argument = dyn_cast<BlockArgument>(view.getInput());
  ArrayRef<int64_t> shape =
      argument ? view.getIndexedShape() : input.getShape();
  SmallVector<AffineExpr> exprs =
      reindex(view.getMap().getResults(), view.getIndexedShape(), shape);
  for (AffineExpr &expr : exprs)
    expr = space.replace(expr);

  // How everything changes along the lanes.
  auto stepOf = [&](AffineExpr expr) -> std::optional<int64_t> {
    if (space.lane < 0)
      return 0;
    return stepAlong(expr, space.lane, position.active, space.divisors);
  };
  Position place;
  bool oneByOne = false;
  for (auto [i, expr] : llvm::enumerate(exprs)) {
    std::optional<int64_t> step = stepOf(expr);
    if (step == 0)
      continue;
    oneByOne |= !step || *step != 1 || place.lane >= 0;
    place.lane = i;
  }
  SmallVector<int64_t> checkSteps;
  for (const Check &check : checks) {
    std::optional<int64_t> step = stepOf(check.expr);
    checkSteps.push_back(step.value_or(0));
    if (step == 0)
      continue;
    auto [low, high] = boundsOf(check.expr, extents);
    oneByOne |= !step || !hasMasks() || !argument ||
                place.lane != static_cast<int>(shape.size()) - 1 ||
                low < std::numeric_limits<int32_t>::min() / 2 ||
                high > std::numeric_limits<int32_t>::max() / 2;
  }
  if (oneByOne)
    return gather(position, type.getElementType(), [&](const Position &one) {
      return at(view.getResult(), one);
    });
  if (place.lane >= 0) {
    place.width = position.width;
    place.active = position.active;
    place.aligned =
        divisorOf(exprs[place.lane], space.divisors) % place.width == 0;
  }

  // Whether elements exist: in all lanes, and lane by lane.
  Value exists, lanes;
  auto combine = [&](Value &all, Value one) {
    all = all ? b.createOrFold<arith::AndIOp>(all, one) : one;
  };
  for (auto [check, step] : llvm::zip_equal(checks, checkSteps)) {
    Value value = emitAffine(frame, check.expr, space.values, extents);
    if (step == 0)
      combine(exists, emitCheck(b, frame, check, value));
    else
      combine(lanes, emitLaneCheck(b, check, value, step, position.width));
  }
  if (lanes && exists) {
    combine(lanes, vector::BroadcastOp::create(b, lanes.getType(), exists));
    exists = {};
  }
  // What does not exist is read where something is, and made zero.
  for (auto [expr, size] : llvm::zip_equal(exprs, shape)) {
    Value index = emitAffine(frame, expr, space.values, extents);
    if (exists && !isWithin(boundsOf(expr, extents), size))
      index = b.createOrFold<arith::SelectOp>(exists, index, frame.constant(0));
    place.indices.push_back(Index{index});
  }
  if (lanes)
    return loadMasked(bufferAs(b, frame.buffer(argument), shape), place, lanes);
  Value elements = argument
                       ? load(bufferAs(b, frame.buffer(argument), shape), place)
                       : at(view.getInput(), place);
  if (!exists)
    return elements;
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(elements.getType()));
  return b.createOrFold<arith::SelectOp>(exists, elements, zero);
}

} // namespace mlir::auxact::codegen
