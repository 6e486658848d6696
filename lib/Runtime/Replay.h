//===- Replay.h - One entry, ready to run -----------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Argument arrays are built once for all launches and thread slots; a run only
// patches the pointers of inputs that have moved.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_REPLAY_H
#define AUXACT_LIB_RUNTIME_REPLAY_H

#include "auxact/Runtime/Program.h"

#include <atomic>

namespace auxact::runtime {

class Replay {
public:
  Replay(const EntrySpec &entry, const std::vector<KernelSpec> &kernels,
         const std::vector<KernelCode> &code, char *state, char *arena,
         int64_t threads);

  void bindInput(size_t input, const void *data);
  const void *getInput(size_t input) const { return bound[input]; }

  /// The entry's loss, if it has a float32 output of that name.
  const float *getLoss() const { return loss; }

  /// Runs all launches. False when it stopped before the first write to the
  /// state, because the loss is not finite; only if `checkLoss`.
  bool run(bool checkLoss, bool profiling);

  const std::vector<LaunchTime> &getTimes() const { return times; }
  void resetTimes();

private:
  struct Launch {
    KernelFunction function;
    int64_t tasks;
    size_t firstArgument; // of slot 0
    size_t numArguments;  // workspace and task included
  };
  /// Launches that need no barrier between them: one launch of several tasks,
  /// or a run of launches of one task each, which one thread does in order.
  struct Group {
    size_t first, last; // inclusive
  };
  /// An argument that points to an input, in every slot's array.
  struct Binding {
    size_t input;
    size_t argument;
  };
  /// The task that a slot runs, alone on its cache line.
  struct alignas(64) Task {
    int64_t index;
  };

  void findLossCheck(const EntrySpec &entry, const char *arena);
  void formGroups();
  void call(size_t launch, int64_t slot, int64_t task);
  void runGroup(size_t group, int64_t slot, bool profiling);
  bool lossIsFinite() const;
  void recordTime(size_t launch, double &since);

  int64_t threads;
  std::vector<Launch> launches;
  std::vector<Group> groups;
  std::vector<void *> arguments;
  std::vector<Binding> bindings;
  std::vector<const void *> bound;                  // by input
  std::vector<Task> tasks;                          // by slot
  std::unique_ptr<std::atomic<int64_t>[]> nextTask; // by group
  std::vector<LaunchTime> times;

  const float *loss = nullptr;
  /// The launch after which the loss is known and the state untouched.
  size_t lossCheck;
};

} // namespace auxact::runtime

#endif // AUXACT_LIB_RUNTIME_REPLAY_H
