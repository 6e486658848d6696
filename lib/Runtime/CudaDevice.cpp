//===- CudaDevice.cpp - One device of the driver --------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "CudaDevice.h"

#include <cstdlib>

namespace auxact::runtime {

std::optional<CudaChip> CudaChip::parse(std::string_view target) {
  if (target.substr(0, 5) == "cuda:")
    target.remove_prefix(5);
  if (target.substr(0, 3) != "sm_")
    return std::nullopt;
  target.remove_prefix(3);
  int number = 0;
  size_t digits = 0;
  while (digits < target.size() && digits < 4 && target[digits] >= '0' &&
         target[digits] <= '9')
    number = 10 * number + (target[digits++] - '0');
  std::string_view suffix = target.substr(digits);
  if (digits < 2 || (suffix != "" && suffix != "a" && suffix != "f"))
    return std::nullopt;
  return CudaChip{number / 10, number % 10, !suffix.empty()};
}

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

/// The index to use; -1 asks the environment.
static Expected<int64_t> chooseIndex(int64_t index) {
  if (index >= 0)
    return index;
  const char *chosen = std::getenv("AUXACT_CUDA_DEVICE");
  if (!chosen || !*chosen)
    return int64_t(0);
  char *end = nullptr;
  int64_t value = std::strtoll(chosen, &end, 10);
  if (*end != '\0' || value < 0)
    return Error::failure(std::string("AUXACT_CUDA_DEVICE: expected the index "
                                      "of a device, got '") +
                          chosen + "'");
  return value;
}

Expected<CudaDeviceInfo> CudaDeviceInfo::query(int64_t requested) {
  Expected<int64_t> index = chooseIndex(requested);
  if (!index)
    return index.takeError();
  Expected<std::shared_ptr<const CudaApi>> opened = CudaApi::open();
  if (!opened)
    return opened.takeError();
  CudaDeviceInfo info;
  info.api = std::move(*opened);
  const CudaApi &api = *info.api;
  int count = 0;
  CUresult result = api.cuDeviceGetCount(&count);
  if (result != CUDA_SUCCESS)
    return Error::failure("cannot count the CUDA devices: " +
                          api.describe(result));
  if (count == 0)
    return Error::failure("there is no CUDA device: the driver is there, but "
                          "it sees none; is one visible "
                          "(CUDA_VISIBLE_DEVICES)?");
  if (*index >= count)
    return Error::failure(
        "there is no CUDA device " + std::to_string(*index) + ": there " +
        (count == 1 ? "is one, of index 0"
                    : "are " + std::to_string(count) + ", of indices 0 to " +
                          std::to_string(count - 1)));
  info.index = static_cast<int>(*index);
  char name[256] = "";
  result = api.cuDeviceGet(&info.handle, info.index);
  if (result == CUDA_SUCCESS)
    result = api.cuDeviceGetName(name, sizeof(name), info.handle);
  if (result == CUDA_SUCCESS)
    result = api.cuDeviceGetAttribute(
        &info.chip.major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR,
        info.handle);
  if (result == CUDA_SUCCESS)
    result = api.cuDeviceGetAttribute(
        &info.chip.minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR,
        info.handle);
  if (result != CUDA_SUCCESS)
    return Error::failure("cannot look at CUDA device " +
                          std::to_string(*index) + ": " + api.describe(result));
  info.name = name;
  return Expected<CudaDeviceInfo>(std::move(info));
}

std::string CudaDeviceInfo::describe() const {
  return "cuda device " + std::to_string(index) + " (" + name + ", sm_" +
         std::to_string(chip.number()) + ")";
}

Expected<std::shared_ptr<CudaDevice>> CudaDevice::open(int64_t index) {
  Expected<CudaDeviceInfo> info = CudaDeviceInfo::query(index);
  if (!info)
    return info.takeError();
  std::shared_ptr<CudaDevice> device(new CudaDevice);
  device->info = std::move(*info);
  if (Error error = device->check(device->api().cuDevicePrimaryCtxRetain(
                                      &device->context, device->info.handle),
                                  "cannot take its primary context"))
    return error;
  return Expected<std::shared_ptr<CudaDevice>>(std::move(device));
}

CudaDevice::~CudaDevice() {
  if (context)
    api().cuDevicePrimaryCtxRelease_v2(info.handle);
}

int64_t CudaDevice::attribute(CUdevice_attribute which) const {
  int value = 0;
  api().cuDeviceGetAttribute(&value, which, info.handle);
  return value;
}

Error CudaDevice::failure(CUresult result, const std::string &what) const {
  return Error::failure(info.describe() + ": " + what + ": " +
                        api().describe(result));
}

//===----------------------------------------------------------------------===//
// The current context
//===----------------------------------------------------------------------===//

CudaScope::CudaScope(const CudaDevice &device) : device(device) {
  const CudaApi &api = device.api();
  hasPrevious =
      api.cuCtxGetCurrent && api.cuCtxGetCurrent(&previous) == CUDA_SUCCESS;
  // A failure shows in the first call that needs the context.
  if (!hasPrevious || previous != device.context)
    api.cuCtxSetCurrent(device.context);
}

CudaScope::~CudaScope() {
  if (hasPrevious && previous != device.context)
    device.api().cuCtxSetCurrent(previous);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Expected<std::shared_ptr<CudaMemory>>
CudaMemory::allocate(std::shared_ptr<CudaDevice> device, int64_t bytes,
                     const std::string &what) {
  CudaScope scope(*device);
  const CudaApi &api = device->api();
  size_t freeBytes = 0, totalBytes = 0;
  if (Error error = device->check(api.cuMemGetInfo_v2(&freeBytes, &totalBytes),
                                  "cannot see how much memory is free"))
    return error;
  if (static_cast<size_t>(bytes) > freeBytes)
    return Error::failure(
        device->getInfo().describe() + " has too little memory: " + what +
        " needs " + std::to_string(bytes) + " bytes, " +
        std::to_string(freeBytes) + " of " + std::to_string(totalBytes) +
        " are free; nothing has run. Take a smaller batch, or free what other "
        "programs hold");
  std::shared_ptr<CudaMemory> memory(new CudaMemory);
  CUresult result = api.cuMemAlloc_v2(&memory->start, bytes);
  if (result != CUDA_SUCCESS)
    return device->failure(result, "cannot allocate " + std::to_string(bytes) +
                                       " bytes for " + what + " (" +
                                       std::to_string(freeBytes) +
                                       " are said to be free)");
  memory->device = std::move(device);
  memory->bytes = bytes;
  return Expected<std::shared_ptr<CudaMemory>>(std::move(memory));
}

CudaMemory::~CudaMemory() {
  if (!device)
    return;
  CudaScope scope(*device);
  device->api().cuMemFree_v2(start);
}

} // namespace auxact::runtime
