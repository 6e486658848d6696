//===- Moments.cpp - Means and variances on tensors -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/Moments.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <optional>

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static Value identity(OpBuilder &, Location, ValueRange args) {
  return args.front();
}

/// (x - mean)^2, of the first two.
static Value squaredDistance(OpBuilder &b, Location loc, ValueRange args) {
  Value distance = arith::SubFOp::create(b, loc, args[0], args[1]);
  return arith::MulFOp::create(b, loc, distance, distance);
}

static Value buildMean(OpBuilder &builder, Location loc, Value sum,
                       int64_t count) {
  return buildScale(builder, loc, sum,
                    buildScalarConstant(builder, loc,
                                        asTensor(sum).getElementType(),
                                        1.0 / double(count)));
}

/// Moments over dimension `dim` of a matrix.
static Moments buildMoments(OpBuilder &builder, Location loc, Value matrix,
                            int64_t dim) {
  int64_t count = asTensor(matrix).getDimSize(dim);
  Value mean = buildMean(
      builder, loc,
      buildReduction(builder, loc, matrix, dim, ReductionKind::Add, identity),
      count);
  // A second pass: the difference of large squares would lose all digits.
  Value variance =
      buildMean(builder, loc,
                buildReduction(builder, loc, {matrix, mean}, dim,
                               ReductionKind::Add, squaredDistance),
                count);
  return {mean, variance};
}

Moments mlir::auxact::buildRowMoments(OpBuilder &builder, Location loc,
                                      Value matrix) {
  return buildMoments(builder, loc, matrix, /*dim=*/1);
}

Moments mlir::auxact::buildColumnMoments(OpBuilder &builder, Location loc,
                                         Value matrix) {
  return buildMoments(builder, loc, matrix, /*dim=*/0);
}

Value mlir::auxact::buildRowMeanSquare(OpBuilder &builder, Location loc,
                                       Value matrix) {
  Value sum =
      buildReduction(builder, loc, matrix, /*dim=*/1, ReductionKind::Add,
                     [](OpBuilder &b, Location l, ValueRange args) -> Value {
                       return arith::MulFOp::create(b, l, args[0], args[0]);
                     });
  return buildMean(builder, loc, sum, asTensor(matrix).getDimSize(1));
}

Value mlir::auxact::buildReciprocalDeviation(OpBuilder &builder, Location loc,
                                             Value variance, double epsilon) {
  return buildElementwise(
      builder, loc, asTensor(variance), variance,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Type type = args[0].getType();
        Value sum = arith::AddFOp::create(b, l, args[0],
                                          floatConstant(b, l, type, epsilon));
        return arith::DivFOp::create(b, l, floatConstant(b, l, type, 1.0),
                                     math::SqrtOp::create(b, l, sum));
      });
}

//===----------------------------------------------------------------------===//
// Elements beside statistics of rows and columns
//===----------------------------------------------------------------------===//

namespace {

/// An elementwise operation or a reduction on a matrix, some of whose operands
/// have one element a row and some one a column.
class MatrixBody {
public:
  MatrixBody(OpBuilder &builder, Location loc, RankedTensorType type)
      : builder(builder), loc(loc), type(type) {}

  /// Adds an operand (of rank 2, or one element a row or a column); a null one
  /// is no operand. Returns its number.
  int add(Value value, bool ofRows = false) {
    if (!value)
      return -1;
    AffineExpr row, column;
    bindDims(builder.getContext(), row, column);
    SmallVector<AffineExpr> exprs = {row, column};
    if (asTensor(value).getRank() == 1)
      exprs = {ofRows ? row : column};
    maps.push_back(AffineMap::get(2, 0, exprs, builder.getContext()));
    inputs.push_back(value);
    return inputs.size() - 1;
  }

  Value build(ScalarBody body) {
    SmallVector<AffineMap> all(maps);
    all.push_back(builder.getMultiDimIdentityMap(2));
    Value init = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                         type.getElementType());
    SmallVector<utils::IteratorType> iterators(2,
                                               utils::IteratorType::parallel);
    return linalg::GenericOp::create(
               builder, loc, TypeRange(type), inputs, init, all, iterators,
               [&](OpBuilder &b, Location l, ValueRange args) {
                 linalg::YieldOp::create(b, l, body(b, l, args.drop_back()));
               })
        .getResult(0);
  }

  /// Sum over dimension `dim`.
  Value sum(int64_t dim, ScalarBody body) {
    AffineMap kept = AffineMap::get(2, 0, builder.getAffineDimExpr(1 - dim),
                                    builder.getContext());
    SmallVector<AffineMap> all(maps);
    all.push_back(kept);
    SmallVector<utils::IteratorType> iterators(2,
                                               utils::IteratorType::parallel);
    iterators[dim] = utils::IteratorType::reduction;
    Type element = type.getElementType();
    Value empty = tensor::EmptyOp::create(
        builder, loc, ArrayRef<int64_t>{type.getDimSize(1 - dim)}, element);
    Value zero =
        linalg::FillOp::create(builder, loc,
                               floatConstant(builder, loc, element, 0.0), empty)
            .getResult(0);
    return linalg::GenericOp::create(
               builder, loc, TypeRange(zero.getType()), inputs, zero, all,
               iterators,
               [&](OpBuilder &b, Location l, ValueRange args) {
                 Value next = arith::AddFOp::create(
                     b, l, args.back(), body(b, l, args.drop_back()));
                 linalg::YieldOp::create(b, l, next);
               })
        .getResult(0);
  }

private:
  OpBuilder &builder;
  Location loc;
  RankedTensorType type;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
};

/// (x - mean) * reciprocal in a body, of operands given by number.
struct NormalizedOperands {
  NormalizedOperands(MatrixBody &matrix, Value x, const Normalizer &by)
      : x(matrix.add(x)), mean(matrix.add(by.mean, by.ofRows)),
        reciprocal(matrix.add(by.reciprocal, by.ofRows)) {}

  Value build(OpBuilder &b, Location loc, ValueRange args) const {
    Value distance = args[x];
    if (mean >= 0)
      distance = arith::SubFOp::create(b, loc, distance, args[mean]);
    return arith::MulFOp::create(b, loc, distance, args[reciprocal]);
  }

  int x, mean, reciprocal;
};

} // namespace

static Value multiply(OpBuilder &b, Location loc, Value lhs, Value rhs) {
  return arith::MulFOp::create(b, loc, lhs, rhs);
}

Value mlir::auxact::buildNormalize(OpBuilder &builder, Location loc, Value x,
                                   const Normalizer &by, Value weight,
                                   Value bias) {
  MatrixBody matrix(builder, loc, asTensor(x));
  NormalizedOperands normalized(matrix, x, by);
  int scale = matrix.add(weight), shift = matrix.add(bias);
  return matrix.build([&](OpBuilder &b, Location l, ValueRange args) {
    Value result = normalized.build(b, l, args);
    if (scale >= 0)
      result = multiply(b, l, result, args[scale]);
    if (shift >= 0)
      result = arith::AddFOp::create(b, l, result, args[shift]);
    return result;
  });
}

ColumnSums mlir::auxact::buildColumnSums(OpBuilder &builder, Location loc,
                                         Value delta, Value x,
                                         const Normalizer &by) {
  ColumnSums sums;
  sums.delta = buildReduction(builder, loc, delta, /*dim=*/0,
                              ReductionKind::Add, identity);
  MatrixBody matrix(builder, loc, asTensor(x));
  int gradient = matrix.add(delta);
  NormalizedOperands normalized(matrix, x, by);
  sums.deltaNormalized =
      matrix.sum(/*dim=*/0, [&](OpBuilder &b, Location l, ValueRange args) {
        return multiply(b, l, args[gradient], normalized.build(b, l, args));
      });
  return sums;
}

Value mlir::auxact::buildRowGradient(OpBuilder &builder, Location loc,
                                     Value delta, Value x, const Normalizer &by,
                                     Value weight) {
  int64_t columns = asTensor(x).getDimSize(1);
  /// mean over the row of delta * weight [* xhat]
  auto mean = [&](bool timesNormalized) {
    MatrixBody matrix(builder, loc, asTensor(x));
    int gradient = matrix.add(delta), scale = matrix.add(weight);
    std::optional<NormalizedOperands> normalized;
    if (timesNormalized)
      normalized.emplace(matrix, x, by);
    Value sum =
        matrix.sum(/*dim=*/1, [&](OpBuilder &b, Location l, ValueRange args) {
          Value result = args[gradient];
          if (scale >= 0)
            result = multiply(b, l, result, args[scale]);
          return normalized
                     ? multiply(b, l, result, normalized->build(b, l, args))
                     : result;
        });
    return buildMean(builder, loc, sum, columns);
  };
  Value plain = by.mean ? mean(false) : Value(), times = mean(true);
  MatrixBody matrix(builder, loc, asTensor(x));
  int gradient = matrix.add(delta), scale = matrix.add(weight);
  NormalizedOperands normalized(matrix, x, by);
  int first = matrix.add(plain, /*ofRows=*/true);
  int second = matrix.add(times, /*ofRows=*/true);
  return matrix.build([&](OpBuilder &b, Location l, ValueRange args) {
    Value result = args[gradient];
    if (scale >= 0)
      result = multiply(b, l, result, args[scale]);
    if (first >= 0)
      result = arith::SubFOp::create(b, l, result, args[first]);
    Value share = multiply(b, l, normalized.build(b, l, args), args[second]);
    result = arith::SubFOp::create(b, l, result, share);
    return multiply(b, l, args[normalized.reciprocal], result);
  });
}

Value mlir::auxact::buildColumnGradient(OpBuilder &builder, Location loc,
                                        Value delta, Value x,
                                        const Normalizer &by, Value weight,
                                        const ColumnSums &sums) {
  RankedTensorType type = asTensor(x);
  MatrixBody matrix(builder, loc, type);
  int gradient = matrix.add(delta);
  NormalizedOperands normalized(matrix, x, by);
  int scale = matrix.add(weight);
  int plain = matrix.add(sums.delta), times = matrix.add(sums.deltaNormalized);
  double share = 1.0 / double(type.getDimSize(0));
  return matrix.build([&](OpBuilder &b, Location l, ValueRange args) {
    Value part = floatConstant(b, l, type.getElementType(), share);
    Value result = arith::SubFOp::create(b, l, args[gradient],
                                         multiply(b, l, args[plain], part));
    Value along = multiply(b, l, normalized.build(b, l, args),
                           multiply(b, l, args[times], part));
    result = arith::SubFOp::create(b, l, result, along);
    Value factor = args[normalized.reciprocal];
    if (scale >= 0)
      factor = multiply(b, l, factor, args[scale]);
    return multiply(b, l, factor, result);
  });
}
