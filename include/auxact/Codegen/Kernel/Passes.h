//===- Passes.h - Passes that code generators share -------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Declarations of the passes on kernels that no target owns.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_KERNEL_PASSES_H
#define AUXACT_CODEGEN_KERNEL_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::auxact {

#define GEN_PASS_DECL
#include "auxact/Codegen/Kernel/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "auxact/Codegen/Kernel/Passes.h.inc"

} // namespace mlir::auxact

#endif // AUXACT_CODEGEN_KERNEL_PASSES_H
