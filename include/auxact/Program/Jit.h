//===- Jit.h - Kernels in this process --------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PROGRAM_JIT_H
#define AUXACT_PROGRAM_JIT_H

#include "auxact/Codegen/CPU/CompileKernel.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace mlir::auxact {

using KernelFunction = void (*)(void *const *);

/// Links compiled kernels into this process. Their code lives as long as the
/// Jit. What they call is found in the process and in the mathematics library.
class Jit {
public:
  static llvm::Expected<std::unique_ptr<Jit>> create();
  ~Jit();

  /// The kernel's function; linked on first use, known by its symbol from then
  /// on.
  llvm::Expected<KernelFunction> link(const CompiledKernel &kernel);

private:
  Jit();
  std::unique_ptr<llvm::orc::LLJIT> jit;
  llvm::StringMap<KernelFunction> functions;
};

} // namespace mlir::auxact

#endif // AUXACT_PROGRAM_JIT_H
