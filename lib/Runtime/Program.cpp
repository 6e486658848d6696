//===- Program.cpp - Replays a compiled program ---------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Program.h"

#include "Block.h"
#include "Replay.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>

namespace auxact::runtime {

struct Program::Implementation {
  ProgramSpec spec;
  std::vector<KernelFunction> functions;
  int64_t threads = 0; // 0: as planned
  Block state, arena;
  std::map<std::string, std::unique_ptr<Replay>> replays;
  std::string lastEntry;
  bool profiling = false;
  std::mutex mutex; // one run at a time

  Error adoptEntry(EntrySpec &entry);
  Error prepare(const std::string &key, const EntrySpec &entry);
  bool isInsideArena(const void *data) const {
    auto *address = static_cast<const char *>(data);
    return arena.data() && address >= arena.data() &&
           address < arena.data() + arena.size();
  }
};

//===----------------------------------------------------------------------===//
// Construction
//===----------------------------------------------------------------------===//

static void fillState(const StateSpec &state, char *block) {
  int64_t count = countElements(state.shape);
  auto fill = [&](auto zero) {
    auto value = static_cast<decltype(zero)>(state.fill);
    auto *data = reinterpret_cast<decltype(zero) *>(block + state.offset);
    std::fill(data, data + count, value);
  };
  switch (state.dtype) {
  case DType::f32:
    return fill(float());
  case DType::f64:
    return fill(double());
  case DType::i32:
    return fill(int32_t());
  case DType::i64:
    return fill(int64_t());
  case DType::i8:
    return fill(int8_t());
  }
}

Program::Program() : implementation(new Implementation) {}
Program::~Program() = default;

Expected<std::unique_ptr<Program>>
Program::create(ProgramSpec spec, std::vector<KernelFunction> kernels,
                ProgramOptions options) {
  if (spec.kernels.size() != kernels.size())
    return Error::failure("the program has " +
                          std::to_string(spec.kernels.size()) +
                          " kernels, but " + std::to_string(kernels.size()) +
                          " functions were given");
  for (size_t i = 0; i < kernels.size(); ++i)
    if (!kernels[i])
      return Error::failure("kernel '" + spec.kernels[i].symbol +
                            "' has no function");
  if (options.threads < 0 || options.threads > 4096)
    return Error::failure("threads: expected 0 to 4096, got " +
                          std::to_string(options.threads));
  if (Error error = checkProgram(spec))
    return error;

  std::unique_ptr<Program> program(new Program);
  Implementation &self = *program->implementation;
  self.spec = std::move(spec);
  self.functions = std::move(kernels);
  self.threads = options.threads;
  for (auto &[key, entry] : self.spec.entries)
    if (Error error = self.adoptEntry(entry))
      return error;
  if (Error error = self.state.allocate(self.spec.stateBytes, "state"))
    return error;
  for (const StateSpec &state : self.spec.state)
    fillState(state, self.state.data());
  return Expected<std::unique_ptr<Program>>(std::move(program));
}

/// Gives the entry slots for the program's threads.
Error Program::Implementation::adoptEntry(EntrySpec &entry) {
  if (threads <= entry.threads)
    return Error::success();
  Expected<EntrySpec> replanned =
      replanForThreads(entry, spec.kernels, threads);
  if (!replanned)
    return replanned.takeError();
  entry = std::move(*replanned);
  return checkEntry(spec, entry);
}

Error Program::addEntry(const std::string &key, EntrySpec entry,
                        const std::vector<KernelSpec> &kernels,
                        const std::vector<KernelFunction> &functions) {
  Implementation &self = *implementation;
  std::lock_guard<std::mutex> lock(self.mutex);
  if (kernels.size() != functions.size())
    return Error::failure("entry '" + key + "' has " +
                          std::to_string(kernels.size()) + " kernels, but " +
                          std::to_string(functions.size()) +
                          " functions were given");
  size_t oldKernels = self.functions.size();
  std::vector<int64_t> renumbered;
  for (size_t i = 0; i < kernels.size(); ++i) {
    auto known =
        std::find(self.functions.begin(), self.functions.end(), functions[i]);
    renumbered.push_back(known - self.functions.begin());
    if (known != self.functions.end())
      continue;
    self.functions.push_back(functions[i]);
    self.spec.kernels.push_back(kernels[i]);
  }
  Error error;
  for (LaunchSpec &launch : entry.launches) {
    if (launch.kernel < 0 ||
        launch.kernel >= static_cast<int64_t>(renumbered.size()))
      error = Error::failure("entry '" + key + "': there is no kernel " +
                             std::to_string(launch.kernel));
    else
      launch.kernel = renumbered[launch.kernel];
  }
  if (!error)
    error = checkEntry(self.spec, entry);
  if (!error)
    error = self.adoptEntry(entry);
  if (error) {
    self.functions.resize(oldKernels);
    self.spec.kernels.resize(oldKernels);
    return error;
  }
  self.replays.erase(key);
  if (self.lastEntry == key)
    self.lastEntry.clear();
  self.spec.entries[key] = std::move(entry);
  return Error::success();
}

const ProgramSpec &Program::getSpec() const { return implementation->spec; }

const EntrySpec *Program::findEntry(const std::string &key) const {
  auto it = implementation->spec.entries.find(key);
  return it == implementation->spec.entries.end() ? nullptr : &it->second;
}

int64_t Program::getThreads() const { return implementation->threads; }

void Program::setExtra(const std::string &key, std::string value) {
  implementation->spec.extra[key] = std::move(value);
}

//===----------------------------------------------------------------------===//
// Checks before a run
//===----------------------------------------------------------------------===//

static bool isAccepted(DType given, const InputSpec &input) {
  // Class labels come as 64-bit integers from most libraries; their range is
  // checked, so that narrowing them loses nothing.
  return given == input.dtype || (input.classes > 0 && given == DType::i64 &&
                                  input.dtype == DType::i32);
}

static Error checkShape(const InputSpec &input, const ArrayView &view) {
  bool matches = view.rank == static_cast<int64_t>(input.shape.size()) &&
                 std::equal(input.shape.begin(), input.shape.end(), view.shape);
  if (matches && isAccepted(view.dtype, input)) {
    if (view.data || input.bytes == 0)
      return Error::success();
    return Error::failure("input '" + input.name + "': the array has no data");
  }
  return Error::failure("input '" + input.name + "': expected " +
                        describeArray(input.dtype, input.shape) + ", got " +
                        describeArray(view));
}

/// Reads one integer of a view by its row-major index.
static int64_t readInteger(const ArrayView &view, int64_t index) {
  int64_t offset = index * dtypeBytes(view.dtype);
  if (view.strides) {
    offset = 0;
    for (int64_t i = view.rank - 1; i >= 0; --i) {
      offset += index % view.shape[i] * view.strides[i];
      index /= view.shape[i];
    }
  }
  auto *data = static_cast<const char *>(view.data) + offset;
  if (view.dtype == DType::i64) {
    int64_t value;
    std::memcpy(&value, data, sizeof(value));
    return value;
  }
  int32_t value;
  std::memcpy(&value, data, sizeof(value));
  return value;
}

static Error checkLabels(const InputSpec &input, const ArrayView &view) {
  int64_t count = countElements(view.shape, view.rank);
  if (input.classes == 0 || count == 0)
    return Error::success();
  int64_t perRow = view.rank == 0 ? 1 : count / view.shape[0];
  for (int64_t i = 0; i < count; ++i) {
    int64_t label = readInteger(view, i);
    if (label >= 0 && label < input.classes)
      continue;
    return Error::failure(
        "input '" + input.name + "': the label of batch row " +
        std::to_string(i / perRow) + " is " + std::to_string(label) +
        "; valid labels are 0 to " + std::to_string(input.classes - 1));
  }
  return Error::success();
}

static Error unknownEntry(const std::string &key, const ProgramSpec &spec) {
  std::string known;
  for (const auto &[name, entry] : spec.entries)
    known += (known.empty() ? "" : ", ") + name;
  return Error::failure("the program has no entry '" + key +
                        "'; it has: " + (known.empty() ? "none" : known));
}

Error Program::checkArguments(const std::string &key,
                              const std::vector<ArrayView> &inputs,
                              const std::vector<double> &scalars) const {
  const EntrySpec *entry = findEntry(key);
  if (!entry)
    return unknownEntry(key, implementation->spec);
  if (inputs.size() != entry->inputs.size())
    return Error::failure("entry '" + key + "' takes " +
                          std::to_string(entry->inputs.size()) +
                          " inputs, got " + std::to_string(inputs.size()));
  if (scalars.size() != entry->scalars.size())
    return Error::failure("entry '" + key + "' takes " +
                          std::to_string(entry->scalars.size()) +
                          " scalars, got " + std::to_string(scalars.size()));
  for (size_t i = 0; i < inputs.size(); ++i)
    if (Error error = checkShape(entry->inputs[i], inputs[i]))
      return error;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (Error error = checkLabels(entry->inputs[i], inputs[i]))
      return error;
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

/// Grows the arena if this entry is the largest so far, and builds its
/// argument arrays.
Error Program::Implementation::prepare(const std::string &key,
                                       const EntrySpec &entry) {
  if (entry.arenaBytes > arena.size()) {
    // All argument arrays point into the old arena.
    replays.clear();
    lastEntry.clear();
    if (Error error = arena.allocate(entry.arenaBytes, "arena"))
      return error;
  }
  std::unique_ptr<Replay> &replay = replays[key];
  if (!replay) {
    int64_t slots = threads == 0 ? entry.threads : threads;
    replay.reset(new Replay(entry, spec.kernels, functions, state.data(),
                            arena.data(), slots));
  }
  return Error::success();
}

static bool canUseInPlace(const InputSpec &input, const ArrayView &view) {
  if (view.dtype != input.dtype || !isContiguous(view))
    return false;
  auto address = reinterpret_cast<uintptr_t>(view.data);
  int64_t alignment =
      input.stagingOffset == -1 ? dtypeBytes(input.dtype) : blockAlignment;
  return address % alignment == 0;
}

static void writeScalar(DType dtype, double value, char *to) {
  auto write = [&](auto converted) {
    std::memcpy(to, &converted, sizeof(converted));
  };
  switch (dtype) {
  case DType::f32:
    return write(static_cast<float>(value));
  case DType::f64:
    return write(value);
  case DType::i32:
    return write(static_cast<int32_t>(value));
  case DType::i64:
    return write(static_cast<int64_t>(value));
  case DType::i8:
    return write(static_cast<int8_t>(value));
  }
}

static Error reportLoss(const EntrySpec &entry, float loss, bool stopped,
                        int64_t step) {
  return Error::failure(
      std::string("the loss is ") +
      (std::isnan(loss) ? "NaN"
       : loss > 0       ? "infinite"
                        : "minus infinity") +
      " at step " + std::to_string(step) + " (entry '" + entry.name + "')" +
      (stopped ? "; the step was stopped and the state is unchanged" : ""));
}

Error Program::run(const std::string &key, const std::vector<ArrayView> &inputs,
                   const std::vector<double> &scalars,
                   const RunOptions &options) {
  Implementation &self = *implementation;
  std::lock_guard<std::mutex> lock(self.mutex);
  if (Error error = checkArguments(key, inputs, scalars))
    return error;
  const EntrySpec &entry = self.spec.entries.find(key)->second;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (self.isInsideArena(inputs[i].data))
      return Error::failure("input '" + entry.inputs[i].name +
                            "' is a view of an output of this program, which "
                            "the run would overwrite: pass a copy");
    if (entry.inputs[i].stagingOffset == -1 &&
        !canUseInPlace(entry.inputs[i], inputs[i]))
      return Error::failure("input '" + entry.inputs[i].name +
                            "' must be contiguous and aligned: the entry has "
                            "no room to copy it to");
  }
  if (Error error = self.prepare(key, entry))
    return error;

  Replay &replay = *self.replays.find(key)->second;
  char *arena = self.arena.data();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const InputSpec &input = entry.inputs[i];
    const void *data = inputs[i].data;
    if (!canUseInPlace(input, inputs[i])) {
      data = arena + input.stagingOffset;
      copyToContiguous(inputs[i], input.dtype, arena + input.stagingOffset);
    }
    replay.bindInput(i, data);
  }
  for (size_t i = 0; i < scalars.size(); ++i)
    writeScalar(entry.scalars[i].dtype, scalars[i],
                arena + entry.scalars[i].offset);

  bool finished = replay.run(options.checkLoss, self.profiling);
  if (self.lastEntry != key)
    self.lastEntry = key;
  if (!options.checkLoss)
    return Error::success();
  const float *loss = replay.getLoss();
  if (loss && !std::isfinite(*loss))
    return reportLoss(entry, *loss, !finished, options.step);
  return Error::success();
}

const void *Program::outputData(const std::string &key, size_t index) const {
  const Implementation &self = *implementation;
  const EntrySpec *entry = findEntry(key);
  if (!entry || index >= entry->outputs.size() || self.lastEntry != key)
    return nullptr;
  const Place &place = entry->outputs[index].place;
  switch (place.kind) {
  case Place::Arena:
    return self.arena.data() + place.value;
  case Place::State:
    return self.state.data() + place.value;
  case Place::Input:
    return self.replays.find(key)->second->getInput(place.value);
  }
  return nullptr;
}

//===----------------------------------------------------------------------===//
// State, memory and times
//===----------------------------------------------------------------------===//

const StateSpec *Program::findState(std::string_view name) const {
  for (const StateSpec &state : implementation->spec.state)
    if (state.name == name)
      return &state;
  return nullptr;
}

void *Program::stateData(std::string_view name) {
  const StateSpec *state = findState(name);
  return state ? implementation->state.data() + state->offset : nullptr;
}

const void *Program::stateData(std::string_view name) const {
  return const_cast<Program *>(this)->stateData(name);
}

Error Program::writeState(std::string_view name, const ArrayView &value) {
  const StateSpec *state = findState(name);
  if (!state)
    return Error::failure("the program has no state '" + std::string(name) +
                          "'");
  bool matches =
      value.dtype == state->dtype &&
      value.rank == static_cast<int64_t>(state->shape.size()) &&
      std::equal(state->shape.begin(), state->shape.end(), value.shape);
  if (!matches)
    return Error::failure("state '" + state->name + "': expected " +
                          describeArray(state->dtype, state->shape) + ", got " +
                          describeArray(value));
  std::lock_guard<std::mutex> lock(implementation->mutex);
  copyToContiguous(value, state->dtype,
                   implementation->state.data() + state->offset);
  return Error::success();
}

int64_t Program::allocatedBytes() const {
  return implementation->state.size() + implementation->arena.size();
}

void Program::setProfiling(bool enabled) {
  implementation->profiling = enabled;
  if (enabled)
    for (auto &[key, replay] : implementation->replays)
      replay->resetTimes();
}

std::vector<LaunchTime> Program::profile(const std::string &key) const {
  auto it = implementation->replays.find(key);
  return it == implementation->replays.end() ? std::vector<LaunchTime>()
                                             : it->second->getTimes();
}

} // namespace auxact::runtime
