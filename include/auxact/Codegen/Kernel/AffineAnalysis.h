//===- AffineAnalysis.h - What is known of affine indices -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Bounds, divisors, and the change along a vector's lanes of affine expressions
// without symbols; and their computation.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_KERNEL_AFFINEANALYSIS_H
#define AUXACT_CODEGEN_KERNEL_AFFINEANALYSIS_H

#include "auxact/Codegen/Kernel/Frame.h"

#include "mlir/IR/AffineExpr.h"

#include <optional>
#include <utility>

namespace mlir::auxact::codegen {

/// Least and greatest value of `expr`, or bounds of them, where dimension i is
/// in [0, extents[i]).
std::pair<int64_t, int64_t> boundsOf(AffineExpr expr,
                                     ArrayRef<int64_t> extents);

/// A number that divides `expr`, where it divides dimension i by divisors[i];
/// 0 for the constant 0.
int64_t divisorOf(AffineExpr expr, ArrayRef<int64_t> divisors);

/// By how much `expr` grows from one lane of a vector to the next, where
/// dimension `lane` grows by one; none where that is not the same throughout
/// `count` lanes. `divisors` are those of the first lane's dimensions.
std::optional<int64_t> stepAlong(AffineExpr expr, unsigned lane, int64_t count,
                                 ArrayRef<int64_t> divisors);

/// Emits what computes `expr` from the values of its dimensions.
Value emitAffine(Frame &frame, AffineExpr expr, ValueRange dims,
                 ArrayRef<int64_t> extents);

} // namespace mlir::auxact::codegen

#endif // AUXACT_CODEGEN_KERNEL_AFFINEANALYSIS_H
