//===- SharedTensor.h - Memory handed out as DLPack -------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_SHAREDTENSOR_H
#define AUXACT_LIB_RUNTIME_SHAREDTENSOR_H

#include "Backend.h"

namespace auxact::runtime {

/// A tensor over the memory, which it keeps alive until its deleter is called.
DLManagedTensor *makeSharedTensor(const SharedMemory &memory, DType dtype,
                                  const std::vector<int64_t> &shape);

} // namespace auxact::runtime

#endif // AUXACT_LIB_RUNTIME_SHAREDTENSOR_H
