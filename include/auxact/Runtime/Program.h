//===- Program.h - Replays a compiled program -------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Owns one state block and one arena, shared by all entries, and replays
// launches, on the host or on a device: the target says which. From the second
// run of an entry on, nothing is allocated.
//
// A device program opens the driver at its first run. Before that, its state
// can be read, written and saved on a machine without a device. A run returns
// when its work is queued: reading an output, the state, or `synchronize` waits
// for it and reports what went wrong.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_PROGRAM_H
#define AUXACT_RUNTIME_PROGRAM_H

#include "auxact/Runtime/DLPack.h"
#include "auxact/Runtime/KernelCode.h"
#include "auxact/Runtime/ProgramSpec.h"

#include <memory>
#include <string_view>

namespace auxact::runtime {

struct ProgramOptions {
  /// 0: as planned. Fewer than planned use fewer slots; for more, entries are
  /// planned again.
  int64_t threads = 0;
  /// Index of the device; -1: $AUXACT_CUDA_DEVICE, else 0.
  int64_t device = -1;
  /// Of a bundle that has several targets: which one. Empty: the best for the
  /// device that is there, else the host's.
  std::string target;
};

struct RunOptions {
  /// Stop with an error when the output "loss" is not finite. On the host, when
  /// the plan computes the loss before it first writes to the state, the state
  /// is still that of before the run. A device runs the whole step before the
  /// loss is read: the error says that the state is updated.
  bool checkLoss = false;
  /// For messages.
  int64_t step = 0;
};

struct LaunchTime {
  double seconds = 0; // sum over all profiled runs
  int64_t runs = 0;
};

class Program {
public:
  /// `code[i]` belongs to `spec.kernels[i]`: functions for a host, images for a
  /// device. The state starts at each array's `fill`.
  static Expected<std::unique_ptr<Program>> create(ProgramSpec spec,
                                                   std::vector<KernelCode> code,
                                                   ProgramOptions options = {});
  ~Program();

  /// Adds or replaces the entry `key`. Its launches refer to the given kernels;
  /// those that the program has already (the same function, or on a device the
  /// same symbol) are shared.
  Error addEntry(const std::string &key, EntrySpec entry,
                 const std::vector<KernelSpec> &kernels,
                 const std::vector<KernelCode> &code);

  const ProgramSpec &getSpec() const;
  /// In the order of the spec's kernels.
  const std::vector<KernelCode> &getCode() const;
  const EntrySpec *findEntry(const std::string &key) const;
  /// As in the options; 0: as planned.
  int64_t getThreads() const;

  /// Free text that is saved along with the program.
  void setExtra(const std::string &key, std::string value);

  /// Checks inputs and scalars, then replays the entry. On the host, inputs
  /// that are contiguous and 64-byte aligned are read in place, others are
  /// copied to their staging range. A device takes arrays of the host, which it
  /// has copied aside when `run` returns, and contiguous ones of its own
  /// memory, which it has copied as well; what wrote the latter must be done,
  /// or queued on the legacy default stream. On an error about the arguments
  /// nothing has run.
  Error run(const std::string &key, const std::vector<ArrayView> &inputs,
            const std::vector<double> &scalars, const RunOptions &options = {});

  /// What `run` checks first: numbers of arguments, dtypes, shapes, and the
  /// range of labels.
  Error checkArguments(const std::string &key,
                       const std::vector<ArrayView> &inputs,
                       const std::vector<double> &scalars) const;

  /// An output of the last run of this entry, on a device a copy of it; valid
  /// until the next run of any entry. Null when that entry was not the last to
  /// run, or when reading it failed: `readOutput` says why.
  const void *outputData(const std::string &key, size_t index) const;

  /// Copies an output of the last run of this entry to memory of its size.
  Error readOutput(const std::string &key, size_t index,
                   void *destination) const;

  /// Null when there is no such array.
  const StateSpec *findState(std::string_view name) const;
  /// Copies an array of the state to memory of its size.
  Error readState(std::string_view name, void *destination) const;
  Error writeState(std::string_view name, const ArrayView &value);

  /// The memory itself, on whatever device it lies, for a taker that calls the
  /// deleter. It may outlive the program. An output's values stay until the
  /// next run; a state array is the live one, until an entry that needs a
  /// larger device allocation runs for the first time.
  Expected<DLManagedTensor *> shareOutput(const std::string &key,
                                          size_t index) const;
  Expected<DLManagedTensor *> shareState(std::string_view name) const;

  /// Waits for all that was queued. Does nothing on the host.
  Error synchronize() const;

  /// "host, 2 threads" or "cuda device 0 (NVIDIA H200, sm_90)".
  std::string describeDevice() const;

  /// Bytes held for state and arena: `peakBytes` of the largest entry run so
  /// far; only the state before the first run.
  int64_t allocatedBytes() const;

  /// Per-launch times, one for each launch of the entry. Turning profiling on
  /// resets them.
  void setProfiling(bool enabled);
  std::vector<LaunchTime> profile(const std::string &key) const;

private:
  Program();
  struct Implementation;
  std::unique_ptr<Implementation> implementation;
};

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_PROGRAM_H
