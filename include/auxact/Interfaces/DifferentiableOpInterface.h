//===- DifferentiableOpInterface.h - Reverse-mode gradients -----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What an operation offers to the differentiation pass.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_DIFFERENTIABLEOPINTERFACE_H
#define AUXACT_INTERFACES_DIFFERENTIABLEOPINTERFACE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

#include "llvm/ADT/BitVector.h"

namespace mlir::auxact::OpTrait {

/// The operation never stands between a parameter and the loss.
template <typename ConcreteType>
class NonDifferentiable
    : public ::mlir::OpTrait::TraitBase<ConcreteType, NonDifferentiable> {};

} // namespace mlir::auxact::OpTrait

#include "auxact/Interfaces/DifferentiableOpInterface.h.inc"

#endif // AUXACT_INTERFACES_DIFFERENTIABLEOPINTERFACE_H
