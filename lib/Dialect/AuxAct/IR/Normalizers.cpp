//===- Normalizers.cpp - What normalisations do with their moments --------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "MatrixBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <optional>

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// (x - mean) * reciprocal in a body, of operands given by number.
struct NormalizedOperands {
  NormalizedOperands(MatrixBody &matrix, Value x, const Normalizer &by)
      : x(matrix.add(x)), mean(matrix.add(by.mean, by.kind)),
        reciprocal(matrix.add(by.reciprocal, by.kind)) {}

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
  int64_t segment = chooseSegment(asTensor(x));
  int64_t rows = asTensor(x).getDimSize(0);
  if (segment == 0)
    segment = rows;
  auto segments = [&](Value value) {
    return segment == rows ? value
                           : buildSegments(builder, loc, value, segment);
  };
  // Sums within the segments, then of the segments.
  auto sum = [&](MatrixBody &matrix, ScalarBody body) {
    Value parts = matrix.sum(/*dim=*/matrix.getRank() - 2, body);
    return segment == rows ? parts
                           : buildReduction(builder, loc, parts, /*dim=*/0,
                                            ReductionKind::Add, identity);
  };
  ColumnSums sums;
  RankedTensorType type = asTensor(segments(x));
  MatrixBody plain(builder, loc, type);
  plain.add(segments(delta));
  sums.delta = sum(plain, identity);
  MatrixBody matrix(builder, loc, type);
  int gradient = matrix.add(segments(delta));
  Normalizer each = by;
  if (by.kind == Statistic::OfRow && segment != rows)
    for (Value *statistic : {&each.mean, &each.reciprocal})
      if (*statistic)
        *statistic =
            ReshapeOp::create(builder, loc,
                              RankedTensorType::get({rows / segment, segment},
                                                    type.getElementType()),
                              *statistic, StringAttr());
  NormalizedOperands normalized(matrix, segments(x), each);
  sums.deltaNormalized =
      sum(matrix, [&](OpBuilder &b, Location l, ValueRange args) {
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
  int first = matrix.add(plain, Statistic::OfRow);
  int second = matrix.add(times, Statistic::OfRow);
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

/// With g = delta * weight and M elements in a group:
///   reciprocal * (g - sum(g) / M - xhat * sum(g * xhat) / M),
/// whose sums are made of those of the columns of each sample.
GroupGradients mlir::auxact::buildGroupGradients(OpBuilder &builder,
                                                 Location loc, Value delta,
                                                 Value x, const Normalizer &by,
                                                 Value weight, int64_t groups) {
  RankedTensorType type = asTensor(x);
  int64_t samples = type.getDimSize(0), columns = type.getDimSize(2);
  MatrixBody plain(builder, loc, type), matrix(builder, loc, type);
  plain.add(delta);
  int gradient = matrix.add(delta);
  NormalizedOperands normalized(matrix, x, by);
  Value ofSamples[2] = {
      plain.sum(/*dim=*/1, identity),
      matrix.sum(/*dim=*/1, [&](OpBuilder &b, Location l, ValueRange args) {
        return multiply(b, l, args[gradient], normalized.build(b, l, args));
      })};
  GroupGradients result;
  Value shares[2];
  for (auto [i, sums] : llvm::enumerate(ofSamples)) {
    (i == 0 ? result.sums.delta : result.sums.deltaNormalized) = buildReduction(
        builder, loc, sums, /*dim=*/0, ReductionKind::Add, identity);
    if (weight) {
      MatrixBody scaled(builder, loc, asTensor(sums));
      scaled.add(sums);
      scaled.add(weight);
      sums = scaled.build([](OpBuilder &b, Location l, ValueRange args) {
        return multiply(b, l, args[0], args[1]);
      });
    }
    Value total =
        buildReduction(builder, loc, buildGroups(builder, loc, sums, groups),
                       /*dim=*/1, ReductionKind::Add, identity);
    shares[i] = buildOfColumns(
        builder, loc,
        buildMean(builder, loc, total, type.getDimSize(1) * columns / groups),
        samples, columns);
  }
  MatrixBody last(builder, loc, type);
  int upstream = last.add(delta), scale = last.add(weight);
  NormalizedOperands again(last, x, by);
  int first = last.add(shares[0], by.kind),
      second = last.add(shares[1], by.kind);
  result.input = last.build([&](OpBuilder &b, Location l, ValueRange args) {
    Value g = args[upstream];
    if (scale >= 0)
      g = multiply(b, l, g, args[scale]);
    g = arith::SubFOp::create(b, l, g, args[first]);
    g = arith::SubFOp::create(
        b, l, g, multiply(b, l, again.build(b, l, args), args[second]));
    return multiply(b, l, args[again.reciprocal], g);
  });
  return result;
}
