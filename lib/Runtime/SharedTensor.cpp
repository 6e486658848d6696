//===- SharedTensor.cpp - Memory handed out as DLPack ---------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "SharedTensor.h"

namespace auxact::runtime {

namespace {
/// What a handed out tensor refers to.
struct SharedTensor {
  DLManagedTensor tensor;
  std::vector<int64_t> shape;
  std::shared_ptr<void> owner;
};
} // namespace

static DLDataType dlpackType(DType dtype) {
  bool isFloat = dtype == DType::f32 || dtype == DType::f64;
  auto bits = static_cast<uint8_t>(8 * dtypeBytes(dtype));
  return {static_cast<uint8_t>(isFloat ? kDLFloat : kDLInt), bits, 1};
}

DLManagedTensor *makeSharedTensor(const SharedMemory &memory, DType dtype,
                                  const std::vector<int64_t> &shape) {
  auto *shared = new SharedTensor{{}, shape, memory.owner};
  shared->tensor.dl_tensor = {memory.data,
                              memory.device,
                              static_cast<int32_t>(shape.size()),
                              dlpackType(dtype),
                              shared->shape.data(),
                              nullptr,
                              0};
  shared->tensor.manager_ctx = shared;
  shared->tensor.deleter = [](DLManagedTensor *self) {
    delete static_cast<SharedTensor *>(self->manager_ctx);
  };
  return &shared->tensor;
}

} // namespace auxact::runtime
