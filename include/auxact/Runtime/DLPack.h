//===- DLPack.h - Arrays for other libraries, without a copy ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The binary interface of DLPack 0.8, by which PyTorch, JAX and NumPy take
// arrays from each other, declared by hand: nothing else of it is needed.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_DLPACK_H
#define AUXACT_RUNTIME_DLPACK_H

#include <cstdint>

namespace auxact::runtime {

/// Names and layouts are DLPack's.
enum DLDeviceType : int32_t { kDLCPU = 1, kDLCUDA = 2 };

struct DLDevice {
  DLDeviceType device_type;
  int32_t device_id;
};

enum DLDataTypeCode : uint8_t { kDLInt = 0, kDLFloat = 2, kDLBfloat = 4 };

struct DLDataType {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
};

struct DLTensor {
  void *data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides; // null: contiguous, in row-major order
  uint64_t byte_offset;
};

struct DLManagedTensor {
  DLTensor dl_tensor;
  void *manager_ctx;
  /// Whoever takes the tensor calls this once, when done with it.
  void (*deleter)(DLManagedTensor *self);
};

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_DLPACK_H
