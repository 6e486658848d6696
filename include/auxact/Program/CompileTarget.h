//===- CompileTarget.h - What a program is compiled for ---------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A kind of CPU or a GPU: the one place that knows which code generator a
// target has, and what planning and caching must know of it.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PROGRAM_COMPILETARGET_H
#define AUXACT_PROGRAM_COMPILETARGET_H

#include "auxact/Codegen/CPU/CompileKernel.h"
#include "auxact/Codegen/GPU/CompileKernel.h"

#include <variant>

namespace mlir::auxact {

class CompileTarget {
public:
  CompileTarget(CpuTarget target) : target(std::move(target)) {}
  CompileTarget(GpuTarget target) : target(std::move(target)) {}

  /// "cpu" or "host", "avx2", "avx512", a CPU's name of LLVM; "cuda:sm_90a".
  /// `toolkit` and `images` are a GPU's, see `GpuTarget`; no images: the usual
  /// ones.
  static llvm::Expected<CompileTarget>
  named(llvm::StringRef name, llvm::StringRef toolkit = "",
        llvm::ArrayRef<std::string> images = {});

  bool isDevice() const { return std::holds_alternative<GpuTarget>(target); }
  /// Null for targets of the other kind.
  const CpuTarget *getCpu() const { return std::get_if<CpuTarget>(&target); }
  const GpuTarget *getGpu() const { return std::get_if<GpuTarget>(&target); }

  /// For messages: the CPU's name of LLVM, or "cuda:sm_90a".
  std::string getName() const;

  /// All that code depends on besides the kernel and the compiler: the parts of
  /// a key.
  std::vector<std::string> getIdentity() const;

  /// What the code needs of a CPU, as in `runtime::ProgramSpec::features`;
  /// nothing for a GPU.
  std::string getFeatures() const;

  /// Of everything in arena and state.
  int64_t getAlignment() const;

  /// Threads that a program can be planned for: a GPU's kernels have one
  /// workspace.
  int64_t limitThreads(int64_t threads) const {
    return isDevice() ? 1 : threads;
  }

  /// See `compileKernel` and `compileGpuKernel`.
  FailureOr<CompiledKernel> compile(ModuleOp kernelModule,
                                    llvm::StringRef symbol) const;

private:
  std::variant<CpuTarget, GpuTarget> target;
};

} // namespace mlir::auxact

#endif // AUXACT_PROGRAM_COMPILETARGET_H
