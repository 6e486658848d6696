//===- PrepareModule.h - From a GPU's module to the host's ------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_PREPAREMODULE_H
#define AUXACT_TEST_LIB_SIMT_PREPAREMODULE_H

#include "Engine.h"

#include "llvm/IR/Module.h"

namespace auxact::simt {

/// The module's kernels: what can be launched.
llvm::SmallVector<llvm::Function *> kernelsOf(llvm::Module &module);

/// Gives the variables in shared memory their addresses there, one after
/// another as `ptxas` does, what is sized at launch last. Returns the bytes
/// before that. A variable without size that is not external is an error: PTX
/// would make it a single byte.
llvm::Expected<unsigned> placeSharedVariables(llvm::Module &module);

/// Makes the module one of the host's, with a launcher for each kernel, which
/// reads its arguments from an array of pointers. Returns the global variables
/// with their sizes.
std::vector<std::pair<std::string, size_t>> retarget(llvm::Module &module,
                                                     const Engine &engine);

std::string launcherName(llvm::StringRef kernel);

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_PREPAREMODULE_H
