//===- KernelCode.h - The code of one kernel --------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A function on the host, or images for a device of which the driver gets the
// first that fits.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_KERNELCODE_H
#define AUXACT_RUNTIME_KERNELCODE_H

#include <memory>
#include <string>
#include <vector>

namespace auxact::runtime {

/// A kernel on the host: inputs, results, workspace, pointer to the task's
/// index.
using KernelFunction = void (*)(void *const *);

/// One form of a device kernel's code.
struct KernelImage {
  /// "cubin", "ptx", or "nvvm" (LLVM bitcode of what went to the PTX back end).
  std::string format;
  std::string bytes;
};

struct KernelCode {
  KernelCode() = default;
  KernelCode(KernelFunction function) : function(function) {}
  KernelCode(std::vector<KernelImage> images)
      : images(std::make_shared<const std::vector<KernelImage>>(
            std::move(images))) {}

  KernelFunction function = nullptr;                      // host
  std::shared_ptr<const std::vector<KernelImage>> images; // device
};

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_KERNELCODE_H
