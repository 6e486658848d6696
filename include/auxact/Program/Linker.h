//===- Linker.h - Kernels as a shared object --------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PROGRAM_LINKER_H
#define AUXACT_PROGRAM_LINKER_H

#include "auxact/Codegen/CPU/CompileKernel.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace mlir::auxact {

/// The linker in `directory` (empty: that of the LLVM that this compiler was
/// built with), else `ld.lld` of the PATH. The error says where it was looked
/// for and what to install.
llvm::Expected<std::string> findLinker(llvm::StringRef directory = "");

/// Links the objects that the Jit uses into one shared object, for a bundle.
/// Kernels with the same symbol are linked once. The same kernels give the same
/// bytes.
llvm::Expected<std::vector<char>>
linkSharedObject(llvm::ArrayRef<CompiledKernel> kernels);

} // namespace mlir::auxact

#endif // AUXACT_PROGRAM_LINKER_H
