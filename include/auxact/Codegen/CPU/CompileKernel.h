//===- CompileKernel.h - Kernel functions to object code --------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The entry point of CPU code generation.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_CPU_COMPILEKERNEL_H
#define AUXACT_CODEGEN_CPU_COMPILEKERNEL_H

#include "auxact/Codegen/CompiledKernel.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace mlir::auxact {

/// What code is generated for.
struct CpuTarget {
  std::string triple, cpu, features;
  /// Width of vector registers: 256 or 512.
  int64_t vectorBits = 256;

  /// This machine.
  static CpuTarget host();
  /// "host", "avx2", "avx512", or a CPU that LLVM knows ("znver4").
  static FailureOr<CpuTarget> named(StringRef name);
};

/// Compiles the one kernel function in `kernelModule`, which is consumed, and
/// calls it `symbol`. Several threads may do so at once, each in a context of
/// its own. Errors are diagnostics of the module's context.
FailureOr<CompiledKernel> compileKernel(ModuleOp kernelModule, StringRef symbol,
                                        const CpuTarget &target);

/// The same as assembly text, for tests and curious people.
FailureOr<std::string> compileKernelToAssembly(ModuleOp kernelModule,
                                               StringRef symbol,
                                               const CpuTarget &target);

} // namespace mlir::auxact

#endif // AUXACT_CODEGEN_CPU_COMPILEKERNEL_H
