//===- Indicators.h - How far a rule follows backpropagation ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_INDICATORS_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_INDICATORS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

namespace mlir::auxact {

/// LI = <a, 2h - a> / (|h|^2 + 1e-6), one value a row (learning-rules, sec. 3).
Value buildIndicator(OpBuilder &builder, Location loc, Value input,
                     Value auxiliary);

/// <u, v> / sqrt(<u, u> <v, v>), and 0 where one of them is 0.
Value buildCosine(OpBuilder &builder, Location loc, Value u, Value v);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_INDICATORS_H
