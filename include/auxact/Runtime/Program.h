//===- Program.h - Replays a compiled program -------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Owns one state block and one arena, shared by all entries, and replays
// launches. From the second run of an entry on, nothing is allocated.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_PROGRAM_H
#define AUXACT_RUNTIME_PROGRAM_H

#include "auxact/Runtime/ProgramSpec.h"

#include <memory>
#include <string_view>

namespace auxact::runtime {

/// A compiled kernel: inputs, results, workspace, pointer to the task's index.
using KernelFunction = void (*)(void *const *);

struct ProgramOptions {
  /// 0: as planned. Fewer than planned use fewer slots; for more, entries are
  /// planned again.
  int64_t threads = 0;
};

struct RunOptions {
  /// Stop with an error when the output "loss" is not finite. When the plan
  /// computes the loss before it first writes to the state, the state is still
  /// that of before the run.
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
  /// `kernels[i]` belongs to `spec.kernels[i]`. The state starts at each
  /// array's `fill`.
  static Expected<std::unique_ptr<Program>>
  create(ProgramSpec spec, std::vector<KernelFunction> kernels,
         ProgramOptions options = {});
  ~Program();

  /// Adds or replaces the entry `key`. Its launches refer to the given kernels;
  /// those that the program has already (the same function) are shared.
  Error addEntry(const std::string &key, EntrySpec entry,
                 const std::vector<KernelSpec> &kernels,
                 const std::vector<KernelFunction> &functions);

  const ProgramSpec &getSpec() const;
  const EntrySpec *findEntry(const std::string &key) const;
  /// As in the options; 0: as planned.
  int64_t getThreads() const;

  /// Free text that is saved along with the program.
  void setExtra(const std::string &key, std::string value);

  /// Checks inputs and scalars, then replays the entry. Inputs that are
  /// contiguous and 64-byte aligned are read in place, others are copied to
  /// their staging range. On an error about the arguments nothing has run.
  Error run(const std::string &key, const std::vector<ArrayView> &inputs,
            const std::vector<double> &scalars, const RunOptions &options = {});

  /// What `run` checks first: numbers of arguments, dtypes, shapes, and the
  /// range of labels.
  Error checkArguments(const std::string &key,
                       const std::vector<ArrayView> &inputs,
                       const std::vector<double> &scalars) const;

  /// An output of the last run of this entry; valid until the next run of any
  /// entry. Null when that entry was not the last to run.
  const void *outputData(const std::string &key, size_t index) const;

  /// Null when there is no such array.
  const StateSpec *findState(std::string_view name) const;
  void *stateData(std::string_view name);
  const void *stateData(std::string_view name) const;
  Error writeState(std::string_view name, const ArrayView &value);

  /// Bytes held for state and arena: `peakBytes` of the largest entry run so
  /// far.
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
