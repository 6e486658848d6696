//===- CudaInputs.cpp - Batches and scalars on their way to a device ------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The streams are of the blocking kind: they keep order with the legacy default
// stream, on which PyTorch computes, so that an array that it is still writing
// is read after that.
//
//===----------------------------------------------------------------------===//

#include "CudaInputs.h"

#include "Backend.h"

#include <algorithm>

namespace auxact::runtime {

static CUdeviceptr addressOf(const void *data) {
  return static_cast<CUdeviceptr>(reinterpret_cast<uintptr_t>(data));
}

CudaInputs::~CudaInputs() {
  CudaScope scope(*device);
  const CudaApi &api = device->api();
  release();
  for (Block &block : blocks)
    for (CUevent event : {block.copied, block.scalarsCopied})
      if (event)
        api.cuEventDestroy_v2(event);
  if (slotsFree)
    api.cuEventDestroy_v2(slotsFree);
  if (copyStream)
    api.cuStreamDestroy_v2(copyStream);
}

void CudaInputs::release() {
  for (Block &block : blocks) {
    if (block.data)
      device->api().cuMemFreeHost(block.data);
    block.data = nullptr;
    block.isUsed = false;
  }
  blockBytes = 0;
}

Error CudaInputs::start() {
  const CudaApi &api = device->api();
  CUresult result = api.cuStreamCreate(&copyStream, CU_STREAM_DEFAULT);
  for (CUevent *event : {&slotsFree, &blocks[0].copied, &blocks[1].copied,
                         &blocks[0].scalarsCopied, &blocks[1].scalarsCopied})
    if (result == CUDA_SUCCESS)
      result = api.cuEventCreate(event, CU_EVENT_DISABLE_TIMING);
  return device->check(result, "cannot make the stream for inputs");
}

Expected<bool> CudaInputs::isOnDevice(const InputSpec &input,
                                      const void *data) const {
  const CudaApi &api = device->api();
  unsigned type = 0;
  // The driver does not know plain memory of the host.
  if (api.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                                addressOf(data)) != CUDA_SUCCESS ||
      type != CU_MEMORYTYPE_DEVICE)
    return false;
  int index = device->getInfo().index;
  if (api.cuPointerGetAttribute(&index, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL,
                                addressOf(data)) == CUDA_SUCCESS &&
      index != device->getInfo().index)
    return Error::failure("input '" + input.name + "' lies on cuda device " +
                          std::to_string(index) + ", but the program runs on " +
                          device->getInfo().describe());
  return true;
}

Error CudaInputs::fetch(const void *data, int64_t bytes, void *destination) {
  const CudaApi &api = device->api();
  CUresult result =
      api.cuMemcpyDtoHAsync_v2(destination, addressOf(data), bytes, copyStream);
  if (result == CUDA_SUCCESS)
    result = api.cuStreamSynchronize(copyStream);
  return device->check(result, "cannot read an array of labels");
}

Error CudaInputs::reserve(int64_t bytes) {
  if (bytes <= blockBytes)
    return Error::success();
  if (Error error = synchronize())
    return error;
  release();
  for (Block &block : blocks) {
    void *memory = nullptr;
    CUresult result = device->api().cuMemHostAlloc(&memory, bytes, 0);
    if (result != CUDA_SUCCESS)
      return device->failure(result, "cannot pin " + std::to_string(bytes) +
                                         " bytes of the host for inputs");
    block.data = static_cast<char *>(memory);
  }
  blockBytes = bytes;
  return Error::success();
}

/// A block is free when the copies of two runs before have read it.
Error CudaInputs::waitFor(Block &block) {
  if (!block.isUsed)
    return Error::success();
  const CudaApi &api = device->api();
  CUresult result = api.cuEventSynchronize(block.copied);
  if (result == CUDA_SUCCESS)
    result = api.cuEventSynchronize(block.scalarsCopied);
  return device->check(result, "an earlier run failed");
}

/// To the slots: one copy for all that comes from the host.
Error CudaInputs::copyInputs(const EntrySpec &entry,
                             const std::vector<ArrayView> &inputs,
                             const std::vector<bool> &onDevice, char *pinned,
                             CUdeviceptr slots) {
  const CudaApi &api = device->api();
  int64_t first = -1, end = 0, offset = 0;
  CUresult result = CUDA_SUCCESS;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const InputSpec &input = entry.inputs[i];
    if (input.bytes > 0 && !onDevice[i]) {
      copyToContiguous(inputs[i], input.dtype, pinned + offset);
      first = first == -1 ? offset : first;
      end = offset + input.bytes;
    }
    offset += inputSlotBytes(input);
  }
  if (end > 0)
    result = api.cuMemcpyHtoDAsync_v2(slots + first, pinned + first,
                                      end - first, copyStream);
  offset = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const InputSpec &input = entry.inputs[i];
    if (input.bytes > 0 && onDevice[i] && result == CUDA_SUCCESS)
      result = api.cuMemcpyDtoDAsync_v2(
          slots + offset, addressOf(inputs[i].data), input.bytes, copyStream);
    offset += inputSlotBytes(input);
  }
  return device->check(result, "cannot copy the inputs");
}

Error CudaInputs::feed(const EntrySpec &entry,
                       const std::vector<ArrayView> &inputs,
                       const std::vector<bool> &onDevice,
                       const std::vector<double> &scalars, CUdeviceptr slots,
                       CUdeviceptr arena, CUstream compute) {
  const CudaApi &api = device->api();
  Block &block = blocks[next];
  next = 1 - next;
  if (Error error = waitFor(block))
    return error;
  block.isUsed = true;

  CUresult result = CUDA_SUCCESS;
  if (slotsUsed)
    result = api.cuStreamWaitEvent(copyStream, slotsFree, 0);
  if (Error error = device->check(result, "cannot queue the inputs"))
    return error;
  if (Error error = copyInputs(entry, inputs, onDevice, block.data, slots))
    return error;
  result = api.cuEventRecord(block.copied, copyStream);
  if (result == CUDA_SUCCESS)
    result = api.cuStreamWaitEvent(compute, block.copied, 0);

  int64_t offset = 0;
  for (const InputSpec &input : entry.inputs) {
    if (input.bytes > 0 && result == CUDA_SUCCESS)
      result = api.cuMemcpyDtoDAsync_v2(arena + input.stagingOffset,
                                        slots + offset, input.bytes, compute);
    offset += inputSlotBytes(input);
  }
  if (result == CUDA_SUCCESS)
    result = api.cuEventRecord(slotsFree, compute);
  slotsUsed = true;

  for (size_t i = 0; i < scalars.size(); ++i)
    writeScalar(entry.scalars[i].dtype, scalars[i],
                block.data + offset + 8 * i);
  if (!scalars.empty() && result == CUDA_SUCCESS)
    result = api.cuMemcpyHtoDAsync_v2(slots + offset, block.data + offset,
                                      8 * scalars.size(), compute);
  if (result == CUDA_SUCCESS)
    result = api.cuEventRecord(block.scalarsCopied, compute);
  // The caller may change its own arrays of the device from now on.
  if (result == CUDA_SUCCESS &&
      std::find(onDevice.begin(), onDevice.end(), true) != onDevice.end())
    result = api.cuEventSynchronize(block.copied);
  return device->check(result, "cannot copy the inputs and scalars");
}

Error CudaInputs::synchronize() {
  if (!copyStream)
    return Error::success();
  return device->check(device->api().cuStreamSynchronize(copyStream),
                       "cannot copy the inputs");
}

} // namespace auxact::runtime
