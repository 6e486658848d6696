//===- HostBackend.cpp - A program in the host's memory -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Backend.h"
#include "Block.h"
#include "Replay.h"

#include <cstring>

namespace auxact::runtime {

namespace {
class HostBackend : public Backend {
public:
  HostBackend(const ProgramSpec &spec, const std::vector<KernelCode> &code,
              int64_t threads)
      : spec(spec), code(code), threads(threads) {}

  Error initialize() override {
    if (Error error = state->allocate(spec.stateBytes, "state"))
      return error;
    fillState(spec, state->data());
    return Error::success();
  }

  Error fetchLabels(const InputSpec &, size_t, ArrayView &) override {
    return Error::success();
  }
  Error checkInputs(const EntrySpec &entry,
                    const std::vector<ArrayView> &inputs) override;
  Error prepare(const std::string &key, const EntrySpec &entry) override;
  Error run(const std::string &key, const EntrySpec &entry,
            const std::vector<ArrayView> &inputs,
            const std::vector<double> &scalars,
            const RunOptions &options) override;

  void forget(const std::string &key) override {
    auto it = replays.find(key);
    if (it == replays.end())
      return;
    if (lastReplay == it->second.get())
      lastReplay = nullptr;
    replays.erase(it);
  }

  Expected<const void *> view(const Place &place, int64_t) override {
    return Expected<const void *>(find(place));
  }
  Error read(const Place &place, int64_t bytes, void *destination) override {
    if (bytes > 0)
      std::memcpy(destination, find(place), bytes);
    return Error::success();
  }
  Error writeState(const StateSpec &array, const ArrayView &value) override {
    copyToContiguous(value, array.dtype, state->data() + array.offset);
    return Error::success();
  }
  Expected<SharedMemory> share(const Place &place) override;

  Error synchronize() override { return Error::success(); }
  std::string describe() const override {
    return "host" + (threads == 0
                         ? std::string()
                         : ", " + std::to_string(threads) +
                               (threads == 1 ? " thread" : " threads"));
  }
  int64_t allocatedBytes() const override {
    return state->size() + arena->size();
  }
  void setProfiling(bool enabled) override {
    profiling = enabled;
    if (enabled)
      for (auto &[key, replay] : replays)
        replay->resetTimes();
  }
  std::vector<LaunchTime> profile(const std::string &key) const override {
    auto it = replays.find(key);
    return it == replays.end() ? std::vector<LaunchTime>()
                               : it->second->getTimes();
  }

private:
  const void *find(const Place &place) const {
    switch (place.kind) {
    case Place::Arena:
      return arena->data() + place.value;
    case Place::State:
      return state->data() + place.value;
    case Place::Input:
      return lastReplay->getInput(place.value);
    }
    return nullptr;
  }
  bool isInsideArena(const void *data) const {
    auto *address = static_cast<const char *>(data);
    return arena->data() && address >= arena->data() &&
           address < arena->data() + arena->size();
  }

  const ProgramSpec &spec;
  const std::vector<KernelCode> &code;
  int64_t threads; // 0: as planned
  std::shared_ptr<Block> state = std::make_shared<Block>(),
                         arena = std::make_shared<Block>();
  std::map<std::string, std::unique_ptr<Replay>> replays;
  const Replay *lastReplay = nullptr;
  bool profiling = false;
};
} // namespace

static bool canUseInPlace(const InputSpec &input, const ArrayView &view) {
  if (view.dtype != input.dtype || !isContiguous(view))
    return false;
  auto address = reinterpret_cast<uintptr_t>(view.data);
  int64_t alignment =
      input.stagingOffset == -1 ? dtypeBytes(input.dtype) : blockAlignment;
  return address % alignment == 0;
}

Error HostBackend::checkInputs(const EntrySpec &entry,
                               const std::vector<ArrayView> &inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (isInsideArena(inputs[i].data))
      return Error::failure("input '" + entry.inputs[i].name +
                            "' is a view of an output of this program, which "
                            "the run would overwrite: pass a copy");
    if (entry.inputs[i].stagingOffset == -1 &&
        !canUseInPlace(entry.inputs[i], inputs[i]))
      return Error::failure("input '" + entry.inputs[i].name +
                            "' must be contiguous and aligned: the entry has "
                            "no room to copy it to");
  }
  return Error::success();
}

/// Grows the arena if this entry is the largest so far, and builds its
/// argument arrays.
Error HostBackend::prepare(const std::string &key, const EntrySpec &entry) {
  if (entry.arenaBytes > arena->size()) {
    // All argument arrays point into the old arena.
    replays.clear();
    lastReplay = nullptr;
    arena = std::make_shared<Block>();
    if (Error error = arena->allocate(entry.arenaBytes, "arena"))
      return error;
  }
  std::unique_ptr<Replay> &replay = replays[key];
  if (!replay) {
    int64_t slots = threads == 0 ? entry.threads : threads;
    replay.reset(new Replay(entry, spec.kernels, code, state->data(),
                            arena->data(), slots));
  }
  return Error::success();
}

Error HostBackend::run(const std::string &key, const EntrySpec &entry,
                       const std::vector<ArrayView> &inputs,
                       const std::vector<double> &scalars,
                       const RunOptions &options) {
  Replay &replay = *replays.find(key)->second;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const InputSpec &input = entry.inputs[i];
    const void *data = inputs[i].data;
    if (!canUseInPlace(input, inputs[i])) {
      data = arena->data() + input.stagingOffset;
      copyToContiguous(inputs[i], input.dtype,
                       arena->data() + input.stagingOffset);
    }
    replay.bindInput(i, data);
  }
  for (size_t i = 0; i < scalars.size(); ++i)
    writeScalar(entry.scalars[i].dtype, scalars[i],
                arena->data() + entry.scalars[i].offset);

  bool finished = replay.run(options.checkLoss, profiling);
  lastReplay = &replay;
  const float *loss = replay.getLoss();
  if (!options.checkLoss || !loss)
    return Error::success();
  return checkLossValue(
      entry, *loss, options.step,
      finished ? "" : "; the step was stopped and the state is unchanged");
}

Expected<SharedMemory> HostBackend::share(const Place &place) {
  if (place.kind == Place::Input)
    return Error::failure("the output is an input, handed through: it is the "
                          "caller's memory already");
  SharedMemory memory;
  memory.data = const_cast<void *>(find(place));
  memory.owner = place.kind == Place::State ? state : arena;
  return memory;
}

std::unique_ptr<Backend> makeHostBackend(const ProgramSpec &spec,
                                         const std::vector<KernelCode> &code,
                                         int64_t threads) {
  return std::make_unique<HostBackend>(spec, code, threads);
}

} // namespace auxact::runtime
