//===- Replay.cpp - One entry, ready to run -------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// One parallel region spans all launches, with a barrier after each group: a
// region per launch would pay for two. Threads draw tasks from a counter; a
// kernel's result does not depend on who runs which task.
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
               const std::vector<KernelCode> &code, char *state, char *arena,
               int64_t threads)
    : threads(threads), bound(entry.inputs.size(), nullptr), tasks(threads),
      times(entry.launches.size()), lossCheck(entry.launches.size()) {
  for (const LaunchSpec &launch : entry.launches) {
    const KernelSpec &kernel = kernels[launch.kernel];
    launches.push_back({code[launch.kernel].function, kernel.tasks,
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
  formGroups();
  nextTask.reset(new std::atomic<int64_t>[groups.size()]);
}

/// Small networks are all small launches: barriers would be most of a step.
void Replay::formGroups() {
  for (size_t i = 0; i < launches.size(); ++i) {
    bool continues = i > 0 && launches[i].tasks == 1 &&
                     launches[i - 1].tasks == 1 && i - 1 != lossCheck;
    if (continues)
      groups.back().last = i;
    else
      groups.push_back({i, i});
  }
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

void Replay::call(size_t index, int64_t slot, int64_t task) {
  const Launch &launch = launches[index];
  // With no more tasks than threads, a slot belongs to a task: there are no
  // more slots than tasks.
  if (launch.tasks <= threads)
    slot = task;
  tasks[slot].index = task;
  launch.function(arguments.data() + launch.firstArgument +
                  slot * launch.numArguments);
}

void Replay::runGroup(size_t index, int64_t slot, bool profiling) {
  const Group &group = groups[index];
  int64_t count = launches[group.first].tasks;
  while (true) {
    int64_t task = nextTask[index].fetch_add(1, std::memory_order_relaxed);
    if (task >= count)
      return;
    // Whoever draws the only task of small launches does them all.
    double since = profiling && count == 1 ? now() : 0.0;
    for (size_t launch = group.first; launch <= group.last; ++launch) {
      call(launch, slot, task);
      if (profiling && count == 1)
        recordTime(launch, since);
    }
  }
}

void Replay::recordTime(size_t launch, double &since) {
  double time = now();
  times[launch].seconds += time - since;
  ++times[launch].runs;
  since = time;
}

bool Replay::run(bool checkLoss, bool profiling) {
  for (size_t i = 0; i < groups.size(); ++i)
    nextTask[i].store(0, std::memory_order_relaxed);
  size_t check = checkLoss ? lossCheck : launches.size();
  bool stopped = false;

  auto runAll = [&](int64_t slot, auto barrier) {
    double since = profiling ? now() : 0.0;
    for (size_t i = 0; i < groups.size(); ++i) {
      runGroup(i, slot, profiling);
      barrier();
      if (profiling && slot == 0) {
        if (launches[groups[i].first].tasks > 1)
          recordTime(groups[i].first, since);
        else
          since = now();
      }
      // Every thread reads the same loss, so all leave together.
      if (groups[i].last == check && !lossIsFinite()) {
        if (slot == 0)
          stopped = true;
        return;
      }
    }
  };
  if (threads == 1) {
    runAll(0, [] {});
    return !stopped;
  }
  // OpenMP may give fewer threads than asked for: the counter still hands out
  // every task.
#pragma omp parallel num_threads(static_cast<int>(threads))
  runAll(omp_get_thread_num(), [] {
#pragma omp barrier
  });
  return !stopped;
}

void Replay::resetTimes() {
  std::fill(times.begin(), times.end(), LaunchTime());
}

} // namespace auxact::runtime
