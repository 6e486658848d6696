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

/// What a statistic belongs to: each column or row of a matrix, or in a tensor
/// (samples, positions, columns) each column of each sample.
enum class Statistic { OfColumn, OfRow, OfSampleColumn };

/// What a tensor is normalised by: a mean (null: none) and a reciprocal
/// deviation.
struct Normalizer {
  Value mean, reciprocal;
  Statistic kind = Statistic::OfColumn;
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

/// Moments of each group of neighbouring columns of each sample, for a tensor
/// (samples, positions, columns): tensor<samples * groups>.
Moments buildGroupMoments(OpBuilder &builder, Location loc, Value x,
                          int64_t groups);

/// The statistic of each group for each of its columns: (samples, columns).
Value buildOfColumns(OpBuilder &builder, Location loc, Value ofGroups,
                     int64_t samples, int64_t columns);

/// Gradients of a normalisation of groups, by statistics of sample columns:
/// of the input (samples, positions, columns), and the sums over samples and
/// positions.
struct GroupGradients {
  Value input;
  ColumnSums sums;
};
GroupGradients buildGroupGradients(OpBuilder &builder, Location loc,
                                   Value delta, Value x, const Normalizer &by,
                                   Value weight, int64_t groups);

/// The gradient of a normalisation over columns in its input,
///   weight * reciprocal * (delta - sums.delta / N - xhat * deltaNormalized /
///   N)
Value buildColumnGradient(OpBuilder &builder, Location loc, Value delta,
                          Value x, const Normalizer &by, Value weight,
                          const ColumnSums &sums);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_IR_MOMENTS_H
