//===- Driver.cpp - State behind the driver's functions -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include "DeviceMemory.h"

#include <cstdlib>

namespace auxact::simt {

Driver &Driver::get() {
  // Never destroyed: programs free their handles in destructors of their own.
  static Driver &driver = *new Driver;
  return driver;
}

CUresult Driver::ready() const {
  if (!isInitialized)
    return CUDA_ERROR_NOT_INITIALIZED;
  if (!retained)
    return CUDA_ERROR_INVALID_CONTEXT;
  return fault;
}

CUresult Driver::enqueue(CUstream stream, std::function<CUresult()> work) {
  if (stream && !streams.has(stream))
    return CUDA_ERROR_INVALID_HANDLE;
  if (stream && stream->capture) {
    stream->capture->operations.push_back(std::move(work));
    return CUDA_SUCCESS;
  }
  return work();
}

bool Driver::isCapturing() {
  bool found = false;
  streams.forEach([&](CUstream_st &stream) {
    found |= stream.capture && stream.mode != CU_STREAM_CAPTURE_MODE_RELAXED;
  });
  return found;
}

void Driver::releaseContext() {
  modules.clear();
  executables.clear();
  graphs.clear();
  streams.clear();
  events.clear();
  DeviceMemory::get().releaseAll();
  fault = CUDA_SUCCESS;
}

unsigned Driver::capability() {
  const char *chip = std::getenv("AUXACT_SIMT_CHIP");
  unsigned number = chip ? std::atoi(chip) : 0;
  return number ? number : 90;
}

unsigned Driver::maxSharedBytes() {
  switch (capability()) {
  case 80:
    return 163 << 10;
  case 89:
    return 99 << 10;
  default:
    return 227 << 10;
  }
}

} // namespace auxact::simt
