//===- Replay.cpp - One entry, ready to run -------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// One parallel region spans all launches, with a barrier after each: a region
// per launch would pay for two. Threads draw tasks from a counter; a kernel's
// result does not depend on who runs which task.
//
//===----------------------------------------------------------------------===//

#include "Replay.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <omp.h>

namespace auxact::runtime {

static double now() {
  auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

Replay::Replay(const EntrySpec &entry, const std::vector<KernelSpec> &kernels,
               const std::vector<KernelFunction> &functions, char *state,
               char *arena, int64_t threads)
    : threads(threads), bound(entry.inputs.size(), nullptr), tasks(threads),
      nextTask(new std::atomic<int64_t>[entry.launches.size()]),
      times(entry.launches.size()), lossCheck(entry.launches.size()) {
  for (const LaunchSpec &launch : entry.launches) {
    const KernelSpec &kernel = kernels[launch.kernel];
    launches.push_back({functions[launch.kernel], kernel.tasks,
                        arguments.size(), launch.args.size() + 2});
    for (int64_t slot = 0; slot < threads; ++slot) {
      for (const Place &place : launch.args) {
        if (place.kind == Place::Input)
          bindings.push_back(
              {static_cast<size_t>(place.value), arguments.size()});
        arguments.push_back(place.kind == Place::Arena   ? arena + place.value
                            : place.kind == Place::State ? state + place.value
                                                         : nullptr);
      }
      bool hasWorkspace = kernel.workspaceBytes > 0;
      arguments.push_back(hasWorkspace ? arena + launch.workspaceOffset +
                                             slot * workspaceSlotBytes(kernel)
                                       : nullptr);
      arguments.push_back(&tasks[slot].index);
    }
  }
  findLossCheck(entry, arena);
}

/// The loss is known after the last launch that has it among its results. If a
/// launch up to there writes to the state, it is too late to stop.
void Replay::findLossCheck(const EntrySpec &entry, const char *arena) {
  for (const OutputSpec &output : entry.outputs) {
    if (output.name != "loss" || output.dtype != DType::f32 ||
        output.bytes != sizeof(float) || output.place.kind != Place::Arena)
      continue;
    loss = reinterpret_cast<const float *>(arena + output.place.value);
    size_t last = launches.size();
    bool writesState = false;
    for (size_t i = 0; i < entry.launches.size(); ++i) {
      const LaunchSpec &launch = entry.launches[i];
      for (size_t j = launch.args.size() - launch.results;
           j < launch.args.size(); ++j) {
        const Place &place = launch.args[j];
        if (place.kind == Place::State)
          writesState = true;
        if (place.kind == Place::Arena && place.value == output.place.value)
          last = writesState ? launches.size() : i;
      }
    }
    lossCheck = last;
  }
}

void Replay::bindInput(size_t input, const void *data) {
  if (bound[input] == data)
    return;
  bound[input] = data;
  for (const Binding &binding : bindings)
    if (binding.input == input)
      arguments[binding.argument] = const_cast<void *>(data);
}

bool Replay::lossIsFinite() const { return !loss || std::isfinite(*loss); }

void Replay::runTasks(size_t index, int64_t slot) {
  const Launch &launch = launches[index];
  void *const *args =
      arguments.data() + launch.firstArgument + slot * launch.numArguments;
  int64_t &task = tasks[slot].index;
  while (true) {
    task = nextTask[index].fetch_add(1, std::memory_order_relaxed);
    if (task >= launch.tasks)
      return;
    launch.function(args);
  }
}

void Replay::recordTime(size_t launch, double &since) {
  double time = now();
  times[launch].seconds += time - since;
  ++times[launch].runs;
  since = time;
}

bool Replay::run(bool checkLoss, bool profiling) {
  size_t count = launches.size();
  for (size_t i = 0; i < count; ++i)
    nextTask[i].store(0, std::memory_order_relaxed);
  size_t check = checkLoss ? lossCheck : count;
  bool stopped = false;
  double since = profiling ? now() : 0.0;

  if (threads == 1) {
    for (size_t i = 0; i < count && !stopped; ++i) {
      runTasks(i, 0);
      if (profiling)
        recordTime(i, since);
      stopped = i == check && !lossIsFinite();
    }
    return !stopped;
  }

  // OpenMP may give fewer threads than asked for: the counter still hands out
  // every task.
#pragma omp parallel num_threads(static_cast<int>(threads))
  {
    int64_t slot = omp_get_thread_num();
    for (size_t i = 0; i < count; ++i) {
      runTasks(i, slot);
#pragma omp barrier
      if (slot == 0 && profiling)
        recordTime(i, since);
      // Every thread reads the same loss, so all leave together.
      if (i == check && !lossIsFinite()) {
        if (slot == 0)
          stopped = true;
        break;
      }
    }
  }
  return !stopped;
}

void Replay::resetTimes() {
  std::fill(times.begin(), times.end(), LaunchTime());
}

} // namespace auxact::runtime
