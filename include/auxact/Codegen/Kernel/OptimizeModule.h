//===- OptimizeModule.h - LLVM's passes over a kernel -----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_KERNEL_OPTIMIZEMODULE_H
#define AUXACT_CODEGEN_KERNEL_OPTIMIZEMODULE_H

#include "llvm/IR/Module.h"
#include "llvm/Passes/OptimizationLevel.h"
#include "llvm/Target/TargetMachine.h"

namespace mlir::auxact::codegen {

/// Runs LLVM's default pipeline of a level without what vectorizes and unrolls:
/// a kernel's vectors and unrolling are explicit.
void optimizeModule(llvm::Module &module, llvm::TargetMachine &machine,
                    llvm::OptimizationLevel level);

} // namespace mlir::auxact::codegen

#endif // AUXACT_CODEGEN_KERNEL_OPTIMIZEMODULE_H
