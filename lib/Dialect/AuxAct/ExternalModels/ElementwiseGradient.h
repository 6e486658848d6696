//===- ElementwiseGradient.h - Gradients, element by element ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What the gradients of upstream's elementwise operations have in common.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_EXTERNALMODELS_ELEMENTWISEGRADIENT_H
#define AUXACT_DIALECT_AUXACT_EXTERNALMODELS_ELEMENTWISEGRADIENT_H

#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/IR/Operation.h"

namespace mlir::auxact {

/// Fail, at the operation, unless its result is a tensor of a fixed shape.
LogicalResult checkOnTensor(Operation *op);

/// An elementwise computation of the shape of the operation's result, to which
/// checkOnTensor applies.
Value buildElementwiseLike(OpBuilder &builder, Operation *op, ValueRange inputs,
                           ScalarBody body);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_EXTERNALMODELS_ELEMENTWISEGRADIENT_H
