//===- DriverModule.cpp - Modules, functions and launches -----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Block.h"
#include "DeviceMemory.h"
#include "Driver.h"
#include "Image.h"
#include "Report.h"
#include "SharedMemory.h"

#include <cstdlib>
#include <cstring>

using namespace auxact::simt;

static DeviceFunction *asFunction(CUfunction function) {
  return reinterpret_cast<DeviceFunction *>(function);
}

// A driver puts what went wrong into a buffer of the caller's.
static void writeLog(const std::string &text, unsigned count,
                     CUjit_option *options, void **values) {
  char *buffer = nullptr;
  size_t size = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
      buffer = static_cast<char *>(values[i]);
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
      size = reinterpret_cast<size_t>(values[i]);
  }
  if (buffer && size)
    std::snprintf(buffer, size, "%s", text.c_str());
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count,
                            CUjit_option *options, void **values) {
  AUXACT_SIMT_ENTER
  if (driver.isCapturing())
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  switch (imageKind(image)) {
  case ImageKind::Cubin:
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  case ImageKind::Text:
    return CUDA_ERROR_INVALID_PTX;
  case ImageKind::Bitcode:
    break;
  }
  auto loaded = DeviceModule::load(
      llvm::StringRef(static_cast<const char *>(image), bitcodeBytes(image)));
  if (!loaded) {
    std::string text = llvm::toString(loaded.takeError());
    reportOutside("%s", text.c_str());
    writeLog(text, count, options, values);
    return CUDA_ERROR_NOT_SUPPORTED;
  }
  if (!(*loaded)->runsOn(Driver::capability())) {
    reportOutside("the module is for another chip than sm_%u",
                  Driver::capability());
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  *module = driver.modules.make();
  (*module)->module = std::move(*loaded);
  return CUDA_SUCCESS;
}

CUresult cuModuleUnload(CUmodule module) {
  AUXACT_SIMT_ENTER
  return driver.modules.destroy(module) ? CUDA_SUCCESS
                                        : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuModuleGetFunction(CUfunction *function, CUmodule module,
                             const char *name) {
  AUXACT_SIMT_ENTER
  if (!driver.modules.has(module))
    return CUDA_ERROR_INVALID_HANDLE;
  *function = reinterpret_cast<CUfunction>(module->module->find(name));
  return *function ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}

CUresult cuFuncGetAttribute(int *value, CUfunction_attribute attribute,
                            CUfunction handle) {
  AUXACT_SIMT_ENTER
  const DeviceFunction &function = *asFunction(handle);
  switch (attribute) {
  case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    *value = function.maxThreads;
    return CUDA_SUCCESS;
  case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
    *value = function.staticSharedBytes;
    return CUDA_SUCCESS;
  case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
    *value = function.maxDynamicBytes;
    return CUDA_SUCCESS;
  case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
  case CU_FUNC_ATTRIBUTE_NUM_REGS:
    *value = 0;
    return CUDA_SUCCESS;
  }
  return CUDA_ERROR_INVALID_VALUE;
}

CUresult cuFuncSetAttribute(CUfunction handle, CUfunction_attribute attribute,
                            int value) {
  AUXACT_SIMT_ENTER
  DeviceFunction &function = *asFunction(handle);
  if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES ||
      value < 0 ||
      value + function.staticSharedBytes > Driver::maxSharedBytes())
    return CUDA_ERROR_INVALID_VALUE;
  function.maxDynamicBytes = value;
  return CUDA_SUCCESS;
}

// The limits of every chip so far, and those of the function.
static const char *faultOf(const DeviceFunction &function,
                           const Launch &launch) {
  for (int i = 0; i < 3; ++i)
    if (!launch.grid[i] || !launch.block[i])
      return "an extent of zero";
  if (launch.grid[1] > 65535 || launch.grid[2] > 65535 || launch.block[2] > 64)
    return "an extent beyond the limit of its dimension";
  uint64_t threads =
      uint64_t(launch.block[0]) * launch.block[1] * launch.block[2];
  if (threads > 1024 || threads > function.maxThreads)
    return "more threads in a block than the kernel allows";
  if (function.requiredThreads && threads != function.requiredThreads)
    return "another number of threads in a block than the kernel requires";
  if (launch.dynamicBytes > function.maxDynamicBytes)
    return "more dynamic shared memory than cuFuncSetAttribute has allowed";
  if (launch.sharedBytes > Driver::maxSharedBytes())
    return "more shared memory than a block can have";
  return nullptr;
}

static CUresult run(DeviceFunction &function, Launch launch,
                    std::vector<std::vector<char>> arguments) {
  Driver &driver = Driver::get();
  if (llvm::Error error = function.module->compile(function)) {
    reportOutside("kernel '%s': %s", launch.kernel,
                  llvm::toString(std::move(error)).c_str());
    return driver.fault = CUDA_ERROR_LAUNCH_FAILED;
  }
  std::vector<void *> pointers;
  for (std::vector<char> &argument : arguments)
    pointers.push_back(argument.data());
  launch.entry = function.entry;
  launch.arguments = pointers.data();
  const char *seed = std::getenv("AUXACT_SIMT_SEED");
  if (!Block::runGrid(launch, seed ? std::strtoull(seed, nullptr, 10) : 0))
    return driver.fault = CUDA_ERROR_LAUNCH_FAILED;
  return CUDA_SUCCESS;
}

CUresult cuLaunchKernel(CUfunction handle, unsigned gridX, unsigned gridY,
                        unsigned gridZ, unsigned blockX, unsigned blockY,
                        unsigned blockZ, unsigned sharedBytes, CUstream stream,
                        void **parameters, void **extra) {
  AUXACT_SIMT_ENTER
  if (!handle)
    return CUDA_ERROR_INVALID_HANDLE;
  DeviceFunction &function = *asFunction(handle);
  Launch launch;
  launch.kernel = function.name.c_str();
  launch.grid[0] = gridX, launch.grid[1] = gridY, launch.grid[2] = gridZ;
  launch.block[0] = blockX, launch.block[1] = blockY, launch.block[2] = blockZ;
  launch.dynamicBytes = sharedBytes;
  launch.sharedBytes = function.staticSharedBytes + sharedBytes;
  launch.granule = function.granule;
  const char *fault = faultOf(function, launch);
  if (!fault && (extra || (!parameters && !function.parameterBytes.empty())))
    fault = "arguments that are not given as an array of pointers";
  if (fault) {
    reportOutside("kernel '%s' is launched with %s", launch.kernel, fault);
    return CUDA_ERROR_INVALID_VALUE;
  }
  std::vector<std::vector<char>> arguments;
  for (size_t i = 0; i < function.parameterBytes.size(); ++i) {
    auto *bytes = static_cast<const char *>(parameters[i]);
    arguments.emplace_back(bytes, bytes + function.parameterBytes[i]);
  }
  return driver.enqueue(stream, [&function, launch, arguments] {
    return run(function, launch, arguments);
  });
}
