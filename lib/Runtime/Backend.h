//===- Backend.h - Where a program's memory is and its kernels run -*- C++
//-*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What differs between the host and a device. `Program` checks arguments, keeps
// the description and serialises calls; a backend owns memory and runs.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_BACKEND_H
#define AUXACT_LIB_RUNTIME_BACKEND_H

#include "auxact/Runtime/Program.h"

namespace auxact::runtime {

/// Memory to hand out: where it is, and what keeps it alive.
struct SharedMemory {
  void *data = nullptr;
  DLDevice device = {kDLCPU, 0};
  std::shared_ptr<void> owner;
};

class Backend {
public:
  virtual ~Backend() = default;

  /// Takes memory for the state, each array at its `fill`.
  virtual Error initialize() = 0;

  /// Replaces a device's array of labels by a copy on the host, which the
  /// checks can read and which is valid until the next call for this input.
  virtual Error fetchLabels(const InputSpec &input, size_t index,
                            ArrayView &view) = 0;

  /// Whether the entry can take these inputs as they are.
  virtual Error checkInputs(const EntrySpec &entry,
                            const std::vector<ArrayView> &inputs) = 0;

  /// Takes what the entry needs to run. After an error no output is valid.
  virtual Error prepare(const std::string &key, const EntrySpec &entry) = 0;

  /// Runs a prepared entry.
  virtual Error run(const std::string &key, const EntrySpec &entry,
                    const std::vector<ArrayView> &inputs,
                    const std::vector<double> &scalars,
                    const RunOptions &options) = 0;

  /// The entry is about to be replaced.
  virtual void forget(const std::string &key) = 0;

  /// The bytes of an output of the last run, in memory of the host.
  virtual Expected<const void *> view(const Place &place, int64_t bytes) = 0;
  virtual Error read(const Place &place, int64_t bytes, void *destination) = 0;
  virtual Error writeState(const StateSpec &state, const ArrayView &value) = 0;
  virtual Expected<SharedMemory> share(const Place &place) = 0;

  virtual Error synchronize() = 0;
  virtual std::string describe() const = 0;
  virtual int64_t allocatedBytes() const = 0;
  virtual void setProfiling(bool enabled) = 0;
  virtual std::vector<LaunchTime> profile(const std::string &key) const = 0;
};

/// Both refer to `spec` and `code`, which may grow between calls.
std::unique_ptr<Backend> makeHostBackend(const ProgramSpec &spec,
                                         const std::vector<KernelCode> &code,
                                         int64_t threads);
std::unique_ptr<Backend> makeCudaBackend(const ProgramSpec &spec,
                                         const std::vector<KernelCode> &code,
                                         int64_t device);

/// Sets every array of the state to its `fill`.
void fillState(const ProgramSpec &spec, char *block);

/// Writes a scalar as `dtype`.
void writeScalar(DType dtype, double value, char *to);

/// Success for a finite loss.
Error checkLossValue(const EntrySpec &entry, float loss, int64_t step,
                     const char *whatOfTheState);

} // namespace auxact::runtime

#endif // AUXACT_LIB_RUNTIME_BACKEND_H
