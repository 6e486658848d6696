//===- StandaloneKernel.td ---------------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The trait of operations that stay whole down to code generation.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_STANDALONEKERNEL_TD
#define AUXACT_INTERFACES_STANDALONEKERNEL_TD

include "mlir/IR/OpBase.td"

/// Marks an operation that is legal at the linalg stage and alone in its kernel.
/// It reads its operands from memory, in any layout of loops, and writes its
/// results there; each target has a lowering pass of its own for it.
def StandaloneKernel : NativeOpTrait<"StandaloneKernel"> {
  let cppNamespace = "::mlir::auxact::OpTrait";
}

#endif // AUXACT_INTERFACES_STANDALONEKERNEL_TD
