//===- Moments.cpp - Means and variances on tensors -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "MatrixBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::auxact;

/// (x - mean)^2, of the first two.
static Value squaredDistance(OpBuilder &b, Location loc, ValueRange args) {
  Value distance = arith::SubFOp::create(b, loc, args[0], args[1]);
  return arith::MulFOp::create(b, loc, distance, distance);
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

/// With the moments (m, v) of segments of one length: the mean is that of the
/// m, the variance the mean of v + (m - mean)^2.
Moments mlir::auxact::buildColumnMoments(OpBuilder &builder, Location loc,
                                         Value matrix) {
  int64_t segment = chooseSegment(asTensor(matrix));
  if (segment == 0)
    return buildMoments(builder, loc, matrix, /*dim=*/0);
  Moments parts = buildMoments(
      builder, loc, buildSegments(builder, loc, matrix, segment), /*dim=*/1);
  int64_t segments = asTensor(matrix).getDimSize(0) / segment;
  auto mean = [&](ValueRange inputs, ScalarBody body) {
    return buildMean(builder, loc,
                     buildReduction(builder, loc, inputs, /*dim=*/0,
                                    ReductionKind::Add, body),
                     segments);
  };
  Value total = mean(parts.mean, identity);
  Value variance = mean({parts.mean, total, parts.variance},
                        [](OpBuilder &b, Location l, ValueRange args) -> Value {
                          return arith::AddFOp::create(
                              b, l, args[2], squaredDistance(b, l, args));
                        });
  return {total, variance};
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
// Groups of columns
//===----------------------------------------------------------------------===//

/// Positions of a sample first, then the columns of a group.
Moments mlir::auxact::buildGroupMoments(OpBuilder &builder, Location loc,
                                        Value x, int64_t groups) {
  Moments parts = buildMoments(builder, loc, x, /*dim=*/1);
  Value means = buildGroups(builder, loc, parts.mean, groups);
  Value variances = buildGroups(builder, loc, parts.variance, groups);
  int64_t columns = asTensor(means).getDimSize(1);
  Value mean = buildMean(builder, loc,
                         buildReduction(builder, loc, means, /*dim=*/1,
                                        ReductionKind::Add, identity),
                         columns);
  Value variance = buildMean(
      builder, loc,
      buildReduction(builder, loc, {means, mean, variances}, /*dim=*/1,
                     ReductionKind::Add,
                     [](OpBuilder &b, Location l, ValueRange args) -> Value {
                       return arith::AddFOp::create(
                           b, l, args[2], squaredDistance(b, l, args));
                     }),
      columns);
  return {mean, variance};
}

Value mlir::auxact::buildOfColumns(OpBuilder &builder, Location loc,
                                   Value ofGroups, int64_t samples,
                                   int64_t columns) {
  int64_t rows = asTensor(ofGroups).getDimSize(0);
  auto type = RankedTensorType::get({rows, samples * columns / rows},
                                    asTensor(ofGroups).getElementType());
  Value repeated = buildElementwise(builder, loc, type, ofGroups, identity,
                                    /*broadcastTrailing=*/true);
  return buildShaped(builder, loc, repeated, {samples, columns});
}
