//===- CompileForBundle.h - A program for one more target -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Entries of a program, compiled for another target of its bundle.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_PROGRAM_COMPILEFORBUNDLE_H
#define AUXACT_LIB_PROGRAM_COMPILEFORBUNDLE_H

#include "EntryCompiler.h"

#include "auxact/Runtime/Bundle.h"

namespace mlir::auxact {

/// Compiles all entries of `program` for the compiler's target.
llvm::Expected<::auxact::runtime::BundleTarget>
compileForBundle(EntryCompiler &compiler, llvm::StringRef mainEntry,
                 const ::auxact::runtime::ProgramSpec &program);

} // namespace mlir::auxact

#endif // AUXACT_LIB_PROGRAM_COMPILEFORBUNDLE_H
