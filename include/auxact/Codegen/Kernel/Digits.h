//===- Digits.h - Indices in mixed radix ------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A view of an image divides a row's number into batch, height and width, and a
// column's into tap and channel. Whoever loops over these digits, or finds them
// once, spares the view the divisions.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_KERNEL_DIGITS_H
#define AUXACT_CODEGEN_KERNEL_DIGITS_H

#include "auxact/Codegen/Kernel/Frame.h"

#include "mlir/IR/AffineExpr.h"

namespace mlir::auxact::codegen {

/// One digit of an index: the index is the sum of value * period over its
/// digits, each in [0, extent).
struct Digit {
  Value value;
  int64_t period, extent;
  int64_t divisor = 1; // of the value
};

/// The numbers by which the views that `tensor` is computed through divide its
/// dimension `dim`, in ascending order: each divides the next. Empty where
/// there are none of this kind.
SmallVector<int64_t> findPeriods(Value tensor, unsigned dim);

/// The digits of `index`, a multiple of `divisor` in [0, extent), innermost
/// last.
SmallVector<Digit> emitDigits(Frame &frame, Value index, int64_t extent,
                              ArrayRef<int64_t> periods, int64_t divisor = 1);

/// `expr` with the divisions taken out that bounds of dimensions allow.
AffineExpr simplifyWithin(AffineExpr expr, ArrayRef<int64_t> extents);

} // namespace mlir::auxact::codegen

#endif // AUXACT_CODEGEN_KERNEL_DIGITS_H
