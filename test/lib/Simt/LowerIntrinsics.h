//===- LowerIntrinsics.h - NVVM's intrinsics to calls -----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_LOWERINTRINSICS_H
#define AUXACT_TEST_LIB_SIMT_LOWERINTRINSICS_H

#include "Sites.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace auxact::simt {

/// Replaces every NVVM intrinsic by a call into the executor, or by
/// instructions that any target has. One that is not modelled is an error that
/// names it, as is a call to a function that nobody defines.
llvm::Error lowerIntrinsics(llvm::Module &module, Sites &sites);

/// The value of an arithmetic intrinsic ("fma.rn.ftz.f"); null when it is not
/// one that is modelled.
llvm::Value *lowerArithmetic(llvm::IRBuilderBase &builder, llvm::StringRef name,
                             llvm::ArrayRef<llvm::Value *> operands);

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_LOWERINTRINSICS_H
