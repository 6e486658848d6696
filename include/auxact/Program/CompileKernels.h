//===- CompileKernels.h - All kernels of a program --------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Compiles each distinct kernel once, several at a time, and only those that
// the cache does not have.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PROGRAM_COMPILEKERNELS_H
#define AUXACT_PROGRAM_COMPILEKERNELS_H

#include "auxact/Program/CompileTarget.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::auxact {

struct CompileKernelsOptions {
  CompileTarget target = CpuTarget();
  /// See `KernelCache`.
  std::string cacheDirectory;
  /// Kernels compiled at the same time; 0: one a processor.
  unsigned threads = 0;
};

/// What compiling a set of kernels cost.
struct CompileKernelsReport {
  int64_t kernels = 0, distinct = 0, fromCache = 0;
  /// Wall time by stage: "print", "cache", "compile", in seconds.
  std::vector<std::pair<std::string, double>> stages;
  /// For each compiled kernel its function's name and its own time.
  std::vector<std::pair<std::string, double>> kernelSeconds;

  /// A few readable lines.
  std::string str() const;
};

/// One result for each function, in order. Equal functions share a symbol and
/// an object: the symbol is a hash of what the code depends on, so that kernels
/// of several entries can live in one process or bundle. Every worker has its
/// own context, made from the registry of the functions' context. Errors are
/// diagnostics at the function.
FailureOr<std::vector<CompiledKernel>>
compileKernels(llvm::ArrayRef<func::FuncOp> kernels,
               const CompileKernelsOptions &options,
               CompileKernelsReport *report = nullptr);

/// The kernel alone in a module, with a fixed name and without locations: what
/// equal kernels have in common.
std::string printKernel(func::FuncOp kernel);

} // namespace mlir::auxact

#endif // AUXACT_PROGRAM_COMPILEKERNELS_H
