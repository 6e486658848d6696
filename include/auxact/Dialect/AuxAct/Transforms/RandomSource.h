//===- RandomSource.h - Where random numbers come from ----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Arguments of an entry that random numbers are made of.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_RANDOMSOURCE_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_RANDOMSOURCE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::auxact {

/// The scalar argument of `func` that is called `name`, or null.
BlockArgument findScalar(func::FuncOp func, StringRef name);

/// A source of random numbers (seed, step, operation) that no other call on
/// this function has given: the scalars `seed` and `step`, which are appended
/// if they are not there, and a new scalar of a fixed value. An argument and no
/// constant, so that operations of one shape share a kernel.
SmallVector<Value> appendRandomSource(func::FuncOp func);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_RANDOMSOURCE_H
