//===- DerivativeTable.cpp - Derivatives of a few levels ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The intervals of the least squared error, and the form that keeps the number
// of the interval that each element is in.
//
//===----------------------------------------------------------------------===//

#include "RuleBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectImplementation.h"

#include <limits>
#include <vector>

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// A function of steps: `levels[i]` from `borders[i - 1]` up to `borders[i]`.
struct StepFunction {
  std::vector<double> borders, levels;
};

} // namespace

/// The best approximation of `op`'s derivative with `count` steps, over
/// [-6, 6]: beyond that it is flat. Exact on a grid, by dynamic programming.
static StepFunction approximate(ScalarFunctionOpInterface op, unsigned count) {
  constexpr double from = -6.0, step = 0.02;
  constexpr int cells = 600;
  // Sums over the first i cells.
  std::vector<double> sum(cells + 1, 0.0), squares(cells + 1, 0.0);
  for (int i = 0; i < cells; ++i) {
    double value = op.evaluateDerivative(from + (i + 0.5) * step);
    sum[i + 1] = sum[i] + value;
    squares[i + 1] = squares[i] + value * value;
  }
  auto error = [&](int first, int last) {
    double total = sum[last] - sum[first];
    return squares[last] - squares[first] - total * total / (last - first);
  };
  // best[i]: least error of the first i cells in the steps so far.
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> best(cells + 1, infinity);
  best[0] = 0.0;
  std::vector<std::vector<int>> start(count, std::vector<int>(cells + 1, 0));
  for (unsigned k = 0; k < count; ++k) {
    std::vector<double> next(cells + 1, infinity);
    for (int last = 1; last <= cells; ++last)
      for (int first = 0; first < last; ++first) {
        if (best[first] == infinity)
          continue;
        double total = best[first] + error(first, last);
        if (total < next[last]) {
          next[last] = total;
          start[k][last] = first;
        }
      }
    best = next;
  }
  StepFunction result;
  int last = cells;
  for (unsigned k = count; k > 0; --k) {
    int first = start[k - 1][last];
    result.levels.push_back((sum[last] - sum[first]) / (last - first));
    if (first > 0)
      result.borders.push_back(from + first * step);
    last = first;
  }
  std::reverse(result.levels.begin(), result.levels.end());
  std::reverse(result.borders.begin(), result.borders.end());
  return result;
}

LogicalResult
DerivativeTableAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                            unsigned bits) {
  if (bits == 1 || bits == 2 || bits == 4)
    return success();
  return emitError() << "the form 'derivative_table' expects 1, 2 or 4 bits, "
                        "but it has "
                     << bits;
}

StringRef DerivativeTableAttr::getFormName() const {
  return "derivative_table";
}

bool DerivativeTableAttr::appliesTo(Operation *op) const {
  return isa<ScalarFunctionOpInterface>(op) &&
         isa<DifferentiableOpInterface>(op);
}

/// The number of borders below each element.
void DerivativeTableAttr::buildResiduals(
    OpBuilder &builder, Operation *op, ValueRange,
    llvm::function_ref<SmallVector<Value>()>,
    SmallVectorImpl<Value> &residuals) const {
  StepFunction steps =
      approximate(cast<ScalarFunctionOpInterface>(op), 1u << getBits());
  Value matrix = buildAsMatrix(builder, op->getLoc(), op->getOperand(0));
  ArrayRef<int64_t> shape = tensorTypeOf(matrix).getShape();
  auto codeType = builder.getIntegerType(getBits());
  Value codes = buildElementwise(
      builder, op->getLoc(), RankedTensorType::get(shape, codeType), matrix,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        auto number = [&](int64_t value) -> Value {
          return arith::ConstantOp::create(
              b, l, b.getI32IntegerAttr(static_cast<int32_t>(value)));
        };
        Value code = number(0);
        for (auto [i, border] : llvm::enumerate(steps.borders)) {
          Value above = arith::CmpFOp::create(
              b, l, arith::CmpFPredicate::OGT, args[0],
              floatConstant(b, l, args[0].getType(), border));
          code = arith::SelectOp::create(b, l, above, number(i + 1), code);
        }
        return arith::TruncIOp::create(b, l, codeType, code);
      });
  residuals.push_back(PackBitsOp::create(
      builder, op->getLoc(),
      getPackedBitsType(builder.getContext(), shape, getBits()), codes));
}

LogicalResult DerivativeTableAttr::buildInputGradients(
    OpBuilder &builder, Operation *op, TypeRange, ValueRange residuals,
    ValueRange resultGradients, const BitVector &,
    MutableArrayRef<Value> operandGradients) const {
  StepFunction steps =
      approximate(cast<ScalarFunctionOpInterface>(op), 1u << getBits());
  Location loc = op->getLoc();
  Value gradient = buildAsMatrix(builder, loc, resultGradients[0]);
  RankedTensorType type = tensorTypeOf(gradient);
  Value codes = UnpackBitsOp::create(
      builder, loc,
      RankedTensorType::get(type.getShape(), builder.getIntegerType(getBits())),
      residuals[0]);
  Value result = buildElementwise(
      builder, loc, type, {gradient, codes},
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Type element = args[0].getType();
        Value code = arith::ExtUIOp::create(b, l, b.getI32Type(), args[1]);
        Value level = floatConstant(b, l, element, steps.levels[0]);
        for (auto [i, value] : llvm::enumerate(steps.levels)) {
          if (i == 0)
            continue;
          Value reached = arith::CmpIOp::create(
              b, l, arith::CmpIPredicate::uge, code,
              arith::ConstantOp::create(b, l, b.getI32IntegerAttr(int32_t(i))));
          level = arith::SelectOp::create(
              b, l, reached, floatConstant(b, l, element, value), level);
        }
        return arith::MulFOp::create(b, l, args[0], level);
      });
  operandGradients[0] = buildReshaped(
      builder, loc, result, tensorTypeOf(resultGradients[0]).getShape());
  return success();
}
