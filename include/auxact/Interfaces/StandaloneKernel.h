//===- StandaloneKernel.h - Operations that are a kernel ---------*- C++
//-*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The trait of operations that stay whole down to code generation.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_STANDALONEKERNEL_H
#define AUXACT_INTERFACES_STANDALONEKERNEL_H

#include "mlir/IR/OpDefinition.h"

namespace mlir::auxact::OpTrait {

/// The operation is legal at the linalg stage and is alone in its kernel: it
/// reads its operands from memory and writes its results there.
template <typename ConcreteType>
class StandaloneKernel
    : public ::mlir::OpTrait::TraitBase<ConcreteType, StandaloneKernel> {};

} // namespace mlir::auxact::OpTrait

namespace mlir::auxact {

/// Whether `op` has the trait `StandaloneKernel`.
inline bool isStandaloneKernel(Operation *op) {
  return op && op->hasTrait<OpTrait::StandaloneKernel>();
}

} // namespace mlir::auxact

#endif // AUXACT_INTERFACES_STANDALONEKERNEL_H
