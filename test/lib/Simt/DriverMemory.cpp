//===- DriverMemory.cpp - Allocating and copying --------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "DeviceMemory.h"
#include "Driver.h"
#include "Report.h"

#include <cstring>

using namespace auxact::simt;

CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device) {
  *bytes = DeviceMemory::totalBytes;
  return device == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuMemGetInfo_v2(size_t *freeBytes, size_t *totalBytes) {
  AUXACT_SIMT_ENTER
  *freeBytes = DeviceMemory::get().freeBytes();
  *totalBytes = DeviceMemory::totalBytes;
  return CUDA_SUCCESS;
}

CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
  AUXACT_SIMT_ENTER
  if (!bytes)
    return CUDA_ERROR_INVALID_VALUE;
  if (driver.isCapturing())
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  char *memory = DeviceMemory::get().allocate(bytes, DeviceMemory::Device);
  *address = reinterpret_cast<CUdeviceptr>(memory);
  return memory ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuMemFree_v2(CUdeviceptr address) {
  AUXACT_SIMT_ENTER
  if (!address || DeviceMemory::get().release(reinterpret_cast<void *>(address),
                                              DeviceMemory::Device))
    return CUDA_SUCCESS;
  return CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemHostAlloc(void **address, size_t bytes, unsigned) {
  AUXACT_SIMT_ENTER
  if (!bytes)
    return CUDA_ERROR_INVALID_VALUE;
  *address = DeviceMemory::get().allocate(bytes, DeviceMemory::Host);
  return *address ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

// Also when the context has gone: the memory is the host's.
CUresult cuMemFreeHost(void *address) {
  Driver &driver = Driver::get();
  std::lock_guard<std::recursive_mutex> guard(driver.lock);
  return DeviceMemory::get().release(address, DeviceMemory::Host)
             ? CUDA_SUCCESS
             : CUDA_ERROR_INVALID_VALUE;
}

// Looked up when it is called, and again when a graph is replayed.
static bool onDevice(const char *what, CUdeviceptr address, size_t bytes) {
  if (!bytes ||
      DeviceMemory::get().holds(reinterpret_cast<char *>(address), bytes))
    return true;
  reportOutside("%s of %zu bytes at %p, which are not all allocated", what,
                bytes, reinterpret_cast<void *>(address));
  return false;
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes,
                              CUstream stream) {
  AUXACT_SIMT_ENTER
  return driver.enqueue(stream, [=] {
    if (!onDevice("copy to the device", to, bytes))
      return CUDA_ERROR_INVALID_VALUE;
    std::memcpy(reinterpret_cast<void *>(to), from, bytes);
    return CUDA_SUCCESS;
  });
}

CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes,
                              CUstream stream) {
  AUXACT_SIMT_ENTER
  return driver.enqueue(stream, [=] {
    if (!onDevice("copy from the device", from, bytes))
      return CUDA_ERROR_INVALID_VALUE;
    std::memcpy(to, reinterpret_cast<void *>(from), bytes);
    return CUDA_SUCCESS;
  });
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                              CUstream stream) {
  AUXACT_SIMT_ENTER
  return driver.enqueue(stream, [=] {
    if (!onDevice("copy on the device", from, bytes) ||
        !onDevice("copy on the device", to, bytes))
      return CUDA_ERROR_INVALID_VALUE;
    std::memmove(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from),
                 bytes);
    return CUDA_SUCCESS;
  });
}

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t bytes,
                         CUstream stream) {
  AUXACT_SIMT_ENTER
  return driver.enqueue(stream, [=] {
    if (!onDevice("fill", to, bytes))
      return CUDA_ERROR_INVALID_VALUE;
    std::memset(reinterpret_cast<void *>(to), value, bytes);
    return CUDA_SUCCESS;
  });
}

CUresult cuPointerGetAttribute(void *value, CUpointer_attribute attribute,
                               CUdeviceptr address) {
  AUXACT_SIMT_ENTER
  auto *allocation =
      DeviceMemory::get().find(reinterpret_cast<void *>(address));
  if (!allocation)
    return CUDA_ERROR_INVALID_VALUE;
  switch (attribute) {
  case CU_POINTER_ATTRIBUTE_CONTEXT:
    *static_cast<CUcontext *>(value) = &driver.context;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
    *static_cast<unsigned *>(value) = allocation->kind == DeviceMemory::Host
                                          ? CU_MEMORYTYPE_HOST
                                          : CU_MEMORYTYPE_DEVICE;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
    *static_cast<int *>(value) = 0;
    return CUDA_SUCCESS;
  }
  return CUDA_ERROR_INVALID_VALUE;
}
