//===- InstrumentAccesses.h - Calls a check before every access -*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_INSTRUMENTACCESSES_H
#define AUXACT_TEST_LIB_SIMT_INSTRUMENTACCESSES_H

#include "Sites.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace auxact::simt {

/// Puts a check before every load, store, atomic and memory intrinsic that may
/// reach global or shared memory. Returns the unit of all accesses in bytes.
llvm::Expected<unsigned> instrumentAccesses(llvm::Module &module, Sites &sites);

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_INSTRUMENTACCESSES_H
