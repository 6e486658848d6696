//===- GradientResults.h - The gradients that a function returns *- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The gradients that a function returns.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_GRADIENTRESULTS_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_GRADIENTRESULTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::auxact {

/// A result marked `auxact.output = "gradient:<name>"`, and what it is the
/// gradient of.
struct GradientResult {
  StringRef name;
  unsigned result;
  Value value;
  BlockArgument parameter;
};

/// The name in `gradient:<name>` that marks result `index`, or an empty one.
StringRef getGradientName(func::FuncOp func, unsigned index);

/// All gradients, in the order of the results. An error where there is none, or
/// one that has no parameter or another type than it.
FailureOr<SmallVector<GradientResult>> findGradients(func::FuncOp func);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_GRADIENTRESULTS_H
