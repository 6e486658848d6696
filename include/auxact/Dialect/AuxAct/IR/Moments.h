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

/// Moments of each column of a matrix.
Moments buildColumnMoments(OpBuilder &builder, Location loc, Value matrix);

/// 1 / sqrt(variance + epsilon).
Value buildReciprocalDeviation(OpBuilder &builder, Location loc, Value variance,
                               double epsilon);

/// (x - mean) * reciprocal [* weight] [+ bias] for tensors of rank 1 beside
/// `x`; those of weight and bias that are null are left out.
Value buildNormalizeColumns(OpBuilder &builder, Location loc, Value x,
                            Value mean, Value reciprocal, Value weight,
                            Value bias);

/// The gradient of a normalisation over columns, with xhat = (x - mean) *
/// reciprocal: sum of delta, and of delta * xhat, over the rows.
struct ColumnSums {
  Value delta, deltaNormalized;
};
ColumnSums buildColumnSums(OpBuilder &builder, Location loc, Value delta,
                           Value x, Value mean, Value reciprocal);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_IR_MOMENTS_H
