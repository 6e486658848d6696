//===- Moments.h - Means and variances on tensors ---------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What normalisations are made of, forward and backward.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_MOMENTS_H
#define AUXACT_DIALECT_AUXACT_IR_MOMENTS_H

#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

namespace mlir::auxact {

/// Mean, and mean of the squared distance from it.
struct Moments {
  Value mean, variance;
};

/// Moments of each row of a matrix.
Moments buildRowMoments(OpBuilder &builder, Location loc, Value matrix);

/// Mean of the squares of each row of a matrix.
Value buildRowMeanSquare(OpBuilder &builder, Location loc, Value matrix);

/// Moments of each column of a matrix.
Moments buildColumnMoments(OpBuilder &builder, Location loc, Value matrix);

/// 1 / sqrt(variance + epsilon).
Value buildReciprocalDeviation(OpBuilder &builder, Location loc, Value variance,
                               double epsilon);

/// What a matrix is normalised by: a mean (null: none) and a reciprocal
/// deviation, of each row or of each column.
struct Normalizer {
  Value mean, reciprocal;
  bool ofRows = false;
};

/// xhat [* weight] [+ bias], with xhat = (x - mean) * reciprocal. Weight and
/// bias have one element a column; null ones are left out.
Value buildNormalize(OpBuilder &builder, Location loc, Value x,
                     const Normalizer &by, Value weight, Value bias);

/// Sums over the rows of delta, and of delta * xhat: the gradients of bias and
/// weight.
struct ColumnSums {
  Value delta, deltaNormalized;
};
ColumnSums buildColumnSums(OpBuilder &builder, Location loc, Value delta,
                           Value x, const Normalizer &by);

/// The gradient of a normalisation over rows in its input,
///   reciprocal * (g - mean(g) - xhat * mean(g * xhat)), g = delta * weight,
/// with means over the row; the first one only if a mean was taken off.
Value buildRowGradient(OpBuilder &builder, Location loc, Value delta, Value x,
                       const Normalizer &by, Value weight);

/// The gradient of a normalisation over columns in its input,
///   weight * reciprocal * (delta - sums.delta / N - xhat * deltaNormalized /
///   N)
Value buildColumnGradient(OpBuilder &builder, Location loc, Value delta,
                          Value x, const Normalizer &by, Value weight,
                          const ColumnSums &sums);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_IR_MOMENTS_H
