//===- Philox.h - Random numbers as a function of a counter -----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Philox4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"
// (SC 2011).
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_PHILOX_H
#define AUXACT_DIALECT_AUXACT_IR_PHILOX_H

#include "mlir/IR/Builders.h"

#include <array>

namespace mlir::auxact {

/// The four words that Philox4x32-10 makes of a counter and a key, all i32.
std::array<Value, 4> buildPhilox(OpBuilder &builder, Location loc,
                                 std::array<Value, 4> counter,
                                 std::array<Value, 2> key);

/// A random word (i32) for `index`, drawn from a source (seed, step,
/// operation): the first word of the counter (index, step, operation, 0) under
/// the key (seed, 0).
Value buildRandomWord(OpBuilder &builder, Location loc, Value index,
                      ValueRange source);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_IR_PHILOX_H
