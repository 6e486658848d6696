//===- CudaApi.h - The driver library, opened at run time -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Nothing of CUDA is linked. The library is $AUXACT_CUDA_DRIVER, else
// libcuda.so.1, which the NVIDIA driver installs.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_CUDAAPI_H
#define AUXACT_LIB_RUNTIME_CUDAAPI_H

#include "CudaDriver.h"

#include "auxact/Runtime/Error.h"

#include <memory>
#include <string>

namespace auxact::runtime {

/// The oldest driver that takes the PTX of this compiler, as the driver states
/// its version: 12.0.
constexpr int oldestCudaVersion = 12000;

struct CudaApi {
#define AUXACT_CUDA_POINTER(NAME, PARAMETERS)                                  \
  CUresult(*NAME) PARAMETERS = nullptr;
  AUXACT_CUDA_DRIVER_FUNCTIONS(AUXACT_CUDA_POINTER)
#undef AUXACT_CUDA_POINTER
  /// To give a caller's context back; not there in every stand-in.
  CUresult (*cuCtxGetCurrent)(CUcontext *) = nullptr;

  int version = 0;

  /// Opens and initializes the driver. It is never closed: a driver's threads
  /// live as long as the process.
  static Expected<std::shared_ptr<const CudaApi>> open();

  /// "CUDA_ERROR_OUT_OF_MEMORY (out of memory)".
  std::string describe(CUresult result) const;
};

/// "12.4".
std::string cudaVersionText(int version);

} // namespace auxact::runtime

#endif // AUXACT_LIB_RUNTIME_CUDAAPI_H
