//===- ExternalModels.h - Upstream operations that join ---------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Upstream operations that differentiation can go backwards through: one
// function a dialect.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_EXTERNALMODELS_EXTERNALMODELS_H
#define AUXACT_DIALECT_AUXACT_EXTERNALMODELS_EXTERNALMODELS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::auxact {

/// addf, subf, mulf, divf, negf, maximumf, minimumf, on tensors.
void registerArithExternalModels(DialectRegistry &registry);
/// matmul on tensors, each operand stored either way round.
void registerLinalgExternalModels(DialectRegistry &registry);
/// exp, log, sqrt, tanh, erf, on tensors.
void registerMathExternalModels(DialectRegistry &registry);
/// collapse_shape, expand_shape.
void registerTensorExternalModels(DialectRegistry &registry);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_EXTERNALMODELS_EXTERNALMODELS_H
