//===- AuxActOps.h - Operations of the dialect ------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Operation classes and their traits.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_AUXACTOPS_H
#define AUXACT_DIALECT_AUXACT_IR_AUXACTOPS_H

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"
#include "auxact/Dialect/AuxAct/IR/Windows.h"
#include "auxact/Interfaces/DifferentiableOpInterface.h"
#include "auxact/Interfaces/IndexOperandsOpInterface.h"
#include "auxact/Interfaces/ModeDependentOpInterface.h"
#include "auxact/Interfaces/ParameterizedLayerOpInterface.h"
#include "auxact/Interfaces/RandomOpInterface.h"
#include "auxact/Interfaces/StandaloneKernel.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/IntegerSet.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::auxact::OpTrait {

template <typename ConcreteType>
class NonNegativeResult
    : public ::mlir::OpTrait::TraitBase<ConcreteType, NonNegativeResult> {};

template <typename ConcreteType>
class PreservesNonNegativity
    : public ::mlir::OpTrait::TraitBase<ConcreteType, PreservesNonNegativity> {
};

template <typename ConcreteType>
class CheapToRecompute
    : public ::mlir::OpTrait::TraitBase<ConcreteType, CheapToRecompute> {};

template <typename ConcreteType>
class RearrangesElements
    : public ::mlir::OpTrait::TraitBase<ConcreteType, RearrangesElements> {};

} // namespace mlir::auxact::OpTrait

namespace mlir::auxact {

/// Whether no element of `value` can be negative, seen from the operations
/// that made it.
bool isProvablyNonNegative(Value value);

} // namespace mlir::auxact

#define GET_OP_CLASSES
#include "auxact/Dialect/AuxAct/IR/AuxActOps.h.inc"

#endif // AUXACT_DIALECT_AUXACT_IR_AUXACTOPS_H
