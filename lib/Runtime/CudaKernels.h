//===- CudaKernels.h - Device functions, loaded once ------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_CUDAKERNELS_H
#define AUXACT_LIB_RUNTIME_CUDAKERNELS_H

#include "CudaDevice.h"

#include "auxact/Runtime/KernelCode.h"
#include "auxact/Runtime/ProgramSpec.h"

namespace auxact::runtime {

/// The functions of a program's kernels. A kernel is loaded when the first
/// entry that launches it is prepared.
class CudaKernels {
public:
  CudaKernels(std::shared_ptr<CudaDevice> device, const ProgramSpec &spec,
              const std::vector<KernelCode> &code)
      : device(std::move(device)), spec(spec), code(code) {}
  ~CudaKernels();

  /// Can the program's target run on this device? The error lists chips.
  Error checkChip() const;

  Error load(int64_t kernel);
  /// One function a grid of a loaded kernel.
  const std::vector<CUfunction> &getFunctions(int64_t kernel) const {
    return kernels[kernel].functions;
  }

private:
  struct Kernel {
    CUmodule module = nullptr;
    std::vector<CUfunction> functions;
  };
  Error loadModule(int64_t kernel, CUmodule &module) const;
  Error findFunction(int64_t kernel, const GridSpec &grid, CUmodule module,
                     CUfunction &function) const;

  std::shared_ptr<CudaDevice> device;
  const ProgramSpec &spec;
  const std::vector<KernelCode> &code;
  std::vector<Kernel> kernels; // as many of the program's as were asked for
};

} // namespace auxact::runtime

#endif // AUXACT_LIB_RUNTIME_CUDAKERNELS_H
