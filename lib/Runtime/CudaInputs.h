//===- CudaInputs.h - Batches and scalars on their way to a device -*- C++
//-*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A batch goes through three places: one of two pinned blocks of the host, the
// slots behind the arena, and the arena. Copies to the slots run in a stream of
// their own, so that batch n + 1 is copied while step n runs; the short copy
// from the slots to the arena is the first thing a step does. All addresses are
// fixed, as the graph of a step needs.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_CUDAINPUTS_H
#define AUXACT_LIB_RUNTIME_CUDAINPUTS_H

#include "CudaDevice.h"

#include "auxact/Runtime/ProgramSpec.h"

namespace auxact::runtime {

class CudaInputs {
public:
  explicit CudaInputs(std::shared_ptr<CudaDevice> device)
      : device(std::move(device)) {}
  ~CudaInputs();

  /// Makes the stream and the events.
  Error start();

  /// Does an input lie on the device? An error when it lies on another one.
  Expected<bool> isOnDevice(const InputSpec &input, const void *data) const;

  /// Copies an array of the device to the host, now.
  Error fetch(const void *data, int64_t bytes, void *destination);

  /// Takes pinned blocks of at least this size.
  Error reserve(int64_t bytes);

  /// Queues the copies of inputs to the arena and of scalars to their slot, so
  /// that what `compute` gets after this finds them there. When it returns, the
  /// caller's arrays have been read.
  Error feed(const EntrySpec &entry, const std::vector<ArrayView> &inputs,
             const std::vector<bool> &onDevice,
             const std::vector<double> &scalars, CUdeviceptr slots,
             CUdeviceptr arena, CUstream compute);

  Error synchronize();

private:
  /// One of the two pinned blocks, and what has to pass before it is reused.
  struct Block {
    char *data = nullptr;
    CUevent copied = nullptr;        // its inputs are in the slots
    CUevent scalarsCopied = nullptr; // its scalars are in their slot
    bool isUsed = false;
  };

  Error waitFor(Block &block);
  Error copyInputs(const EntrySpec &entry, const std::vector<ArrayView> &inputs,
                   const std::vector<bool> &onDevice, char *pinned,
                   CUdeviceptr slots);
  void release();

  std::shared_ptr<CudaDevice> device;
  CUstream copyStream = nullptr;
  CUevent slotsFree = nullptr; // the last step has taken its inputs away
  bool slotsUsed = false;
  Block blocks[2];
  size_t next = 0;
  int64_t blockBytes = 0;
};

} // namespace auxact::runtime

#endif // AUXACT_LIB_RUNTIME_CUDAINPUTS_H
