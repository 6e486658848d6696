//===- CudaKernels.cpp - Device functions, loaded once --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The driver gets the first image that fits the chip: code for the very chip,
// then PTX, which the driver compiles, then LLVM bitcode, which only the
// executor of the tests takes. What a driver refuses (a cubin of a toolkit
// newer than the driver, say) is passed over while another image is left.
//
//===----------------------------------------------------------------------===//

#include "CudaKernels.h"

#include <cstring>

namespace auxact::runtime {

/// Dynamic shared memory that a function may use without being told so.
static constexpr int64_t defaultSharedBytes = 48 * 1024;

CudaKernels::~CudaKernels() {
  CudaScope scope(*device);
  for (const Kernel &kernel : kernels)
    if (kernel.module)
      device->api().cuModuleUnload(kernel.module);
}

/// A target that the chip runs, of those that the compiler knows.
static std::string suggestTarget(const CudaChip &chip) {
  if (chip.number() < 80)
    return "chips before sm_80 are not supported";
  return std::string("compile for the target cuda:") +
         (chip.number() < 89    ? "sm_80"
          : chip.number() == 90 ? "sm_90a"
                                : "sm_89");
}

Error CudaKernels::checkChip() const {
  std::optional<CudaChip> chip = CudaChip::parse(spec.target);
  const CudaDeviceInfo &info = device->getInfo();
  if (!chip)
    return Error::failure("the target '" + spec.target +
                          "' names no chip; expected one such as cuda:sm_90a");
  if (chip->canRunOn(info.chip))
    return Error::success();
  return Error::failure(
      "the program was compiled for '" + spec.target + "', which " +
      info.describe() + " cannot run: " +
      (chip->isExact ? "such code runs on chips of that very number only"
                     : "the chip is older") +
      "; " + suggestTarget(info.chip));
}

static const KernelImage *findImage(const std::vector<KernelImage> &images,
                                    const char *format) {
  for (const KernelImage &image : images)
    if (image.format == format)
      return &image;
  return nullptr;
}

Error CudaKernels::loadModule(int64_t kernel, CUmodule &module) const {
  const CudaApi &api = device->api();
  std::optional<CudaChip> chip = CudaChip::parse(spec.target);
  std::string refused;
  for (const char *format : {"cubin", "ptx", "nvvm"}) {
    const KernelImage *image = findImage(*code[kernel].images, format);
    bool isCubin = std::strcmp(format, "cubin") == 0;
    if (!image || (isCubin && !chip->isSame(device->getInfo().chip)))
      continue;
    char log[4096] = "";
    CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER,
                              CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    void *values[] = {log, reinterpret_cast<void *>(sizeof(log))};
    // Of no image the driver is told the size: PTX ends in a zero, the others
    // say it themselves.
    CUresult result = api.cuModuleLoadDataEx(&module, image->bytes.c_str(), 2,
                                             options, values);
    if (result == CUDA_SUCCESS)
      return Error::success();
    log[sizeof(log) - 1] = '\0';
    refused += std::string(refused.empty() ? "" : "; ") + format + ": " +
               api.describe(result) + (log[0] ? std::string(", ") + log : "");
    // Only what is wrong with the image leaves hope for the next one.
    if (result == CUDA_ERROR_OUT_OF_MEMORY ||
        result == CUDA_ERROR_INVALID_CONTEXT)
      break;
  }
  std::string what = device->getInfo().describe() + ": kernel '" +
                     spec.kernels[kernel].symbol + "' cannot be loaded: ";
  if (!refused.empty())
    return Error::failure(what + refused);
  std::string formats;
  for (const KernelImage &image : *code[kernel].images)
    formats += (formats.empty() ? "" : ", ") + image.format;
  return Error::failure(what + "no image for '" + spec.target +
                        "' fits this chip; there are: " + formats);
}

Error CudaKernels::findFunction(int64_t kernel, const GridSpec &grid,
                                CUmodule module, CUfunction &function) const {
  const CudaApi &api = device->api();
  std::string what = "kernel '" + spec.kernels[kernel].symbol +
                     "', function '" + grid.function + "'";
  int64_t threads = grid.threads[0] * grid.threads[1] * grid.threads[2];
  struct {
    const char *what;
    int64_t needed, most;
  } limits[] = {{"threads a block", threads,
                 device->attribute(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK)},
                {"bytes of shared memory a block", grid.sharedBytes,
                 device->attribute(
                     CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)}};
  for (const auto &limit : limits)
    if (limit.needed > limit.most)
      return Error::failure(device->getInfo().describe() + ": " + what +
                            " needs " + std::to_string(limit.needed) + " " +
                            limit.what + ", the chip allows " +
                            std::to_string(limit.most));
  CUresult result =
      api.cuModuleGetFunction(&function, module, grid.function.c_str());
  if (result != CUDA_SUCCESS)
    return device->failure(result, what + " is not in its image");
  if (grid.sharedBytes <= defaultSharedBytes)
    return Error::success();
  result = api.cuFuncSetAttribute(
      function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
      static_cast<int>(grid.sharedBytes));
  if (result != CUDA_SUCCESS)
    return device->failure(result, what + " cannot have " +
                                       std::to_string(grid.sharedBytes) +
                                       " bytes of shared memory");
  return Error::success();
}

Error CudaKernels::load(int64_t index) {
  if (kernels.size() < spec.kernels.size())
    kernels.resize(spec.kernels.size());
  Kernel &kernel = kernels[index];
  if (!kernel.functions.empty())
    return Error::success();
  if (!kernel.module)
    if (Error error = loadModule(index, kernel.module))
      return error;
  std::vector<CUfunction> functions;
  for (const GridSpec &grid : spec.kernels[index].grids) {
    CUfunction function = nullptr;
    if (Error error = findFunction(index, grid, kernel.module, function))
      return error;
    functions.push_back(function);
  }
  kernel.functions = std::move(functions);
  return Error::success();
}

} // namespace auxact::runtime
