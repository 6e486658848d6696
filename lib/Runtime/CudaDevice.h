//===- CudaDevice.h - One device of the driver ------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_CUDADEVICE_H
#define AUXACT_LIB_RUNTIME_CUDADEVICE_H

#include "CudaApi.h"

#include <cstdint>
#include <optional>

namespace auxact::runtime {

/// The chip of a target or a device: "sm_90a" is 9.0 and runs nowhere else.
struct CudaChip {
  int major = 0, minor = 0;
  bool isExact = false;

  /// From "cuda:sm_90a" or "sm_90a".
  static std::optional<CudaChip> parse(std::string_view target);

  /// Code for the chip itself runs on chips of this capability only.
  bool isSame(const CudaChip &device) const {
    return major == device.major && minor == device.minor;
  }
  /// PTX for this chip can be compiled for the device.
  bool canRunOn(const CudaChip &device) const {
    return isSame(device) ||
           (!isExact && (major < device.major ||
                         (major == device.major && minor < device.minor)));
  }
  int number() const { return 10 * major + minor; }
};

/// A device that was looked at, but is not used yet.
struct CudaDeviceInfo {
  std::shared_ptr<const CudaApi> api;
  int index = 0;
  CUdevice handle = 0;
  std::string name;
  CudaChip chip;

  /// -1: $AUXACT_CUDA_DEVICE, else 0.
  static Expected<CudaDeviceInfo> query(int64_t index);

  /// "cuda device 0 (NVIDIA H200, sm_90)".
  std::string describe() const;
};

/// A device in use: its primary context, which other libraries share.
class CudaDevice {
public:
  static Expected<std::shared_ptr<CudaDevice>> open(int64_t index);
  ~CudaDevice();
  CudaDevice(const CudaDevice &) = delete;
  CudaDevice &operator=(const CudaDevice &) = delete;

  const CudaApi &api() const { return *info.api; }
  const CudaDeviceInfo &getInfo() const { return info; }
  int64_t attribute(CUdevice_attribute which) const;

  /// An error that names the device, what was done and what the driver said.
  Error check(CUresult result, const char *what) const {
    return result == CUDA_SUCCESS ? Error::success() : failure(result, what);
  }
  Error failure(CUresult result, const std::string &what) const;

private:
  CudaDevice() = default;
  CudaDeviceInfo info;
  CUcontext context = nullptr;
  friend class CudaScope;
};

/// Makes the device current in this thread, and gives the thread back as it
/// was: the caller's other libraries may use another device.
class CudaScope {
public:
  explicit CudaScope(const CudaDevice &device);
  ~CudaScope();
  CudaScope(const CudaScope &) = delete;
  CudaScope &operator=(const CudaScope &) = delete;

private:
  const CudaDevice &device;
  CUcontext previous = nullptr;
  bool hasPrevious = false;
};

/// One allocation on the device. It may outlive the program, in the hands of
/// whoever was given a part of it.
class CudaMemory {
public:
  /// Checks what is free first; `what` says what the bytes are for.
  static Expected<std::shared_ptr<CudaMemory>>
  allocate(std::shared_ptr<CudaDevice> device, int64_t bytes,
           const std::string &what);
  ~CudaMemory();
  CudaMemory(const CudaMemory &) = delete;
  CudaMemory &operator=(const CudaMemory &) = delete;

  CUdeviceptr address() const { return start; }
  int64_t size() const { return bytes; }
  bool holds(CUdeviceptr other) const {
    return other >= start && other - start < static_cast<CUdeviceptr>(bytes);
  }

private:
  CudaMemory() = default;
  std::shared_ptr<CudaDevice> device;
  CUdeviceptr start = 0;
  int64_t bytes = 0;
};

} // namespace auxact::runtime

#endif // AUXACT_LIB_RUNTIME_CUDADEVICE_H
