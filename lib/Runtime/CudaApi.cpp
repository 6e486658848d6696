//===- CudaApi.cpp - The driver library, opened at run time ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "CudaApi.h"

#include <cstdlib>

#include <dlfcn.h>

namespace auxact::runtime {

std::string cudaVersionText(int version) {
  return std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

std::string CudaApi::describe(CUresult result) const {
  const char *name = nullptr, *text = nullptr;
  if (cuGetErrorName(result, &name) != CUDA_SUCCESS || !name)
    return "CUDA error " + std::to_string(static_cast<int>(result));
  std::string description = name;
  if (cuGetErrorString(result, &text) == CUDA_SUCCESS && text)
    description += std::string(" (") + text + ")";
  return description;
}

static Error missingLibrary(const std::string &path, bool isChosen) {
  const char *why = dlerror();
  std::string message = "cannot open the CUDA driver '" + path +
                        "': " + (why ? why : "unknown error");
  return Error::failure(
      message + (isChosen ? "; it was named by AUXACT_CUDA_DRIVER"
                          : "; install NVIDIA's driver, or name the library in "
                            "AUXACT_CUDA_DRIVER"));
}

static Error oldDriver(const std::string &path, const std::string &what) {
  return Error::failure("the CUDA driver '" + path + "' is too old: " + what +
                        "; CUDA " + cudaVersionText(oldestCudaVersion) +
                        " or newer is needed: update NVIDIA's driver");
}

Expected<std::shared_ptr<const CudaApi>> CudaApi::open() {
  const char *chosen = std::getenv("AUXACT_CUDA_DRIVER");
  bool isChosen = chosen && *chosen;
  std::string path = isChosen ? chosen : "libcuda.so.1";
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library)
    return missingLibrary(path, isChosen);

  auto api = std::make_shared<CudaApi>();
  // The version first: an old driver lacks functions because it is old.
  auto find = [&](auto &function, const char *name) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(
        dlsym(library, name));
    return function != nullptr;
  };
  std::string missing;
#define AUXACT_CUDA_FIND(NAME, PARAMETERS)                                     \
  if (!find(api->NAME, #NAME) && missing.empty())                              \
    missing = #NAME;
  AUXACT_CUDA_DRIVER_FUNCTIONS(AUXACT_CUDA_FIND)
#undef AUXACT_CUDA_FIND
  find(api->cuCtxGetCurrent, "cuCtxGetCurrent");
  if (api->cuDriverGetVersion &&
      api->cuDriverGetVersion(&api->version) == CUDA_SUCCESS &&
      api->version < oldestCudaVersion)
    return oldDriver(path, "it is for CUDA " + cudaVersionText(api->version));
  if (!missing.empty())
    return oldDriver(path, "it has no function '" + missing + "'");

  CUresult result = api->cuInit(0);
  if (result == CUDA_ERROR_NO_DEVICE)
    return Error::failure("there is no CUDA device: the driver '" + path +
                          "' says " + api->describe(result));
  if (result == CUDA_ERROR_SYSTEM_DRIVER_MISMATCH)
    return Error::failure(
        "the CUDA driver '" + path + "' does not fit the kernel's module: " +
        api->describe(result) + "; restart after an update of the driver");
  if (result != CUDA_SUCCESS)
    return Error::failure("the CUDA driver '" + path +
                          "' does not start: " + api->describe(result));
  return Expected<std::shared_ptr<const CudaApi>>(std::move(api));
}

} // namespace auxact::runtime
