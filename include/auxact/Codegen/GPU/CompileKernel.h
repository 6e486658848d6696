//===- CompileKernel.h - Kernel functions to PTX and cubin ------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The entry point of GPU code generation.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_GPU_COMPILEKERNEL_H
#define AUXACT_CODEGEN_GPU_COMPILEKERNEL_H

#include "auxact/Codegen/CompiledKernel.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/Support/Error.h"

namespace mlir::auxact {

/// What code is generated for.
struct GpuTarget {
  /// "sm_80", "sm_89", "sm_90a".
  std::string chip;
  /// Folder of the CUDA toolkit; empty: looked for (see `CudaToolkit`).
  std::string toolkit;
  /// Images to make: "cubin" (where `ptxas` is found), "ptx", "nvvm".
  std::vector<std::string> images = {"cubin", "ptx"};

  /// "cuda:sm_90a" or "sm_90a"; an error, in words, for other names.
  static llvm::Expected<GpuTarget> named(llvm::StringRef name);
};

/// Compiles the one kernel function in `kernelModule`, which is consumed, and
/// calls it `symbol`; its device functions are `symbol`, `symbol_1`, …. Several
/// threads may do so at once, each in a context of its own. Errors are
/// diagnostics of the module's context.
FailureOr<CompiledKernel> compileGpuKernel(ModuleOp kernelModule,
                                           llvm::StringRef symbol,
                                           const GpuTarget &target);

} // namespace mlir::auxact

#endif // AUXACT_CODEGEN_GPU_COMPILEKERNEL_H
