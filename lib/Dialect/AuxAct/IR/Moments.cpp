//===- Moments.cpp - Means and variances on tensors -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/Moments.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

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

Moments mlir::auxact::buildColumnMoments(OpBuilder &builder, Location loc,
                                         Value matrix) {
  int64_t rows = asTensor(matrix).getDimSize(0);
  Value mean =
      buildMean(builder, loc,
                buildReduction(builder, loc, matrix, /*dim=*/0,
                               ReductionKind::Add, identity),
                rows);
  // A second pass: the difference of large squares would lose all digits.
  Value variance =
      buildMean(builder, loc,
                buildReduction(builder, loc, {matrix, mean}, /*dim=*/0,
                               ReductionKind::Add, squaredDistance),
                rows);
  return {mean, variance};
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

Value mlir::auxact::buildNormalizeColumns(OpBuilder &builder, Location loc,
                                          Value x, Value mean, Value reciprocal,
                                          Value weight, Value bias) {
  SmallVector<Value> inputs = {x, mean, reciprocal};
  for (Value input : {weight, bias})
    if (input)
      inputs.push_back(input);
  return buildElementwise(
      builder, loc, asTensor(x), inputs,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value distance = arith::SubFOp::create(b, l, args[0], args[1]);
        Value factor = args[2];
        if (weight)
          factor = arith::MulFOp::create(b, l, factor, args[3]);
        Value result = arith::MulFOp::create(b, l, distance, factor);
        if (bias)
          result = arith::AddFOp::create(b, l, result, args.back());
        return result;
      });
}

ColumnSums mlir::auxact::buildColumnSums(OpBuilder &builder, Location loc,
                                         Value delta, Value x, Value mean,
                                         Value reciprocal) {
  ColumnSums sums;
  sums.delta = buildReduction(builder, loc, delta, /*dim=*/0,
                              ReductionKind::Add, identity);
  sums.deltaNormalized = buildReduction(
      builder, loc, {delta, x, mean, reciprocal}, /*dim=*/0, ReductionKind::Add,
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value distance = arith::SubFOp::create(b, l, args[1], args[2]);
        Value normalized = arith::MulFOp::create(b, l, distance, args[3]);
        return arith::MulFOp::create(b, l, args[0], normalized);
      });
  return sums;
}
