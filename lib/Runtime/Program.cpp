//===- Program.cpp - Replays a compiled program ---------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Program.h"

#include "ArgumentCheck.h"
#include "Backend.h"
#include "SharedTensor.h"

#include <algorithm>
#include <mutex>

namespace auxact::runtime {

struct Program::Implementation {
  ProgramSpec spec;
  std::vector<KernelCode> code;
  int64_t threads = 0; // 0: as planned
  std::unique_ptr<Backend> backend;
  std::string lastEntry;
  std::vector<ArrayView> views; // of the present call
  std::mutex mutex;             // one call at a time

  Error checkCode(const KernelSpec &kernel, const KernelCode &code) const;
  Error adoptEntry(EntrySpec &entry);
  Error addKernels(EntrySpec &entry, const std::vector<KernelSpec> &kernels,
                   const std::vector<KernelCode> &code);
  Error checkArguments(const std::string &key,
                       const std::vector<ArrayView> &inputs,
                       const std::vector<double> &scalars);
  Expected<const OutputSpec *> findOutput(const std::string &key,
                                          size_t index) const;
};

//===----------------------------------------------------------------------===//
// Construction
//===----------------------------------------------------------------------===//

Program::Program() : implementation(new Implementation) {}
Program::~Program() = default;

static Error mismatch(const std::string &what, size_t kernels, size_t code) {
  return Error::failure(what + " has " + std::to_string(kernels) +
                        " kernels, but " + std::to_string(code) +
                        (code == 1 ? " function was" : " functions were") +
                        " given");
}

Error Program::Implementation::checkCode(const KernelSpec &kernel,
                                         const KernelCode &code) const {
  bool onDevice = isDeviceTarget(spec.target);
  if (!onDevice && !code.function)
    return Error::failure("kernel '" + kernel.symbol + "' has no function");
  if (onDevice && (!code.images || code.images->empty()))
    return Error::failure("kernel '" + kernel.symbol +
                          "' has no image for the target '" + spec.target +
                          "'");
  return Error::success();
}

Expected<std::unique_ptr<Program>> Program::create(ProgramSpec spec,
                                                   std::vector<KernelCode> code,
                                                   ProgramOptions options) {
  if (spec.kernels.size() != code.size())
    return mismatch("the program", spec.kernels.size(), code.size());
  if (options.threads < 0 || options.threads > 4096)
    return Error::failure("threads: expected 0 to 4096, got " +
                          std::to_string(options.threads));
  std::unique_ptr<Program> program(new Program);
  Implementation &self = *program->implementation;
  self.spec = std::move(spec);
  self.code = std::move(code);
  for (size_t i = 0; i < self.code.size(); ++i)
    if (Error error = self.checkCode(self.spec.kernels[i], self.code[i]))
      return error;
  if (Error error = checkProgram(self.spec))
    return error;
  bool onDevice = isDeviceTarget(self.spec.target);
  self.threads = onDevice ? 0 : options.threads;
  for (auto &[key, entry] : self.spec.entries)
    if (Error error = self.adoptEntry(entry))
      return error;
  self.backend = onDevice
                     ? makeCudaBackend(self.spec, self.code, options.device)
                     : makeHostBackend(self.spec, self.code, self.threads);
  if (Error error = self.backend->initialize())
    return error;
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

/// Appends what the table lacks and renumbers the entry's launches.
Error Program::Implementation::addKernels(
    EntrySpec &entry, const std::vector<KernelSpec> &kernels,
    const std::vector<KernelCode> &newCode) {
  bool onDevice = isDeviceTarget(spec.target);
  std::vector<int64_t> renumbered;
  for (size_t i = 0; i < kernels.size(); ++i) {
    if (Error error = checkKernel(spec, kernels[i]))
      return error;
    if (Error error = checkCode(kernels[i], newCode[i]))
      return error;
    size_t known = 0;
    while (known < code.size() &&
           (onDevice ? spec.kernels[known].symbol != kernels[i].symbol
                     : code[known].function != newCode[i].function))
      ++known;
    renumbered.push_back(known);
    if (known != code.size())
      continue;
    code.push_back(newCode[i]);
    spec.kernels.push_back(kernels[i]);
  }
  for (LaunchSpec &launch : entry.launches) {
    if (launch.kernel < 0 ||
        launch.kernel >= static_cast<int64_t>(renumbered.size()))
      return Error::failure("there is no kernel " +
                            std::to_string(launch.kernel));
    launch.kernel = renumbered[launch.kernel];
  }
  return Error::success();
}

Error Program::addEntry(const std::string &key, EntrySpec entry,
                        const std::vector<KernelSpec> &kernels,
                        const std::vector<KernelCode> &code) {
  Implementation &self = *implementation;
  std::lock_guard<std::mutex> lock(self.mutex);
  if (kernels.size() != code.size())
    return mismatch("entry '" + key + "'", kernels.size(), code.size());
  size_t oldKernels = self.code.size();
  Error error = self.addKernels(entry, kernels, code);
  if (error)
    error = Error::failure("entry '" + key + "': " + error.message());
  if (!error)
    error = checkEntry(self.spec, entry);
  if (!error)
    error = self.adoptEntry(entry);
  if (error) {
    self.code.resize(oldKernels);
    self.spec.kernels.resize(oldKernels);
    return error;
  }
  self.backend->forget(key);
  if (self.lastEntry == key)
    self.lastEntry.clear();
  self.spec.entries[key] = std::move(entry);
  return Error::success();
}

const ProgramSpec &Program::getSpec() const { return implementation->spec; }

const std::vector<KernelCode> &Program::getCode() const {
  return implementation->code;
}

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

static Error unknownEntry(const std::string &key, const ProgramSpec &spec) {
  std::string known;
  for (const auto &[name, entry] : spec.entries)
    known += (known.empty() ? "" : ", ") + name;
  return Error::failure("the program has no entry '" + key +
                        "'; it has: " + (known.empty() ? "none" : known));
}

/// Fills `views` with what the backend is to read.
Error Program::Implementation::checkArguments(
    const std::string &key, const std::vector<ArrayView> &inputs,
    const std::vector<double> &scalars) {
  auto found = spec.entries.find(key);
  if (found == spec.entries.end())
    return unknownEntry(key, spec);
  const EntrySpec &entry = found->second;
  if (inputs.size() != entry.inputs.size())
    return Error::failure("entry '" + key + "' takes " +
                          std::to_string(entry.inputs.size()) +
                          " inputs, got " + std::to_string(inputs.size()));
  if (scalars.size() != entry.scalars.size())
    return Error::failure("entry '" + key + "' takes " +
                          std::to_string(entry.scalars.size()) +
                          " scalars, got " + std::to_string(scalars.size()));
  for (size_t i = 0; i < inputs.size(); ++i)
    if (Error error = checkInputShape(entry.inputs[i], inputs[i]))
      return error;
  views.assign(inputs.begin(), inputs.end());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (entry.inputs[i].classes > 0)
      if (Error error = backend->fetchLabels(entry.inputs[i], i, views[i]))
        return error;
    if (Error error = checkLabels(entry.inputs[i], views[i]))
      return error;
  }
  return Error::success();
}

Error Program::checkArguments(const std::string &key,
                              const std::vector<ArrayView> &inputs,
                              const std::vector<double> &scalars) const {
  std::lock_guard<std::mutex> lock(implementation->mutex);
  return implementation->checkArguments(key, inputs, scalars);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

Error Program::run(const std::string &key, const std::vector<ArrayView> &inputs,
                   const std::vector<double> &scalars,
                   const RunOptions &options) {
  Implementation &self = *implementation;
  std::lock_guard<std::mutex> lock(self.mutex);
  if (Error error = self.checkArguments(key, inputs, scalars))
    return error;
  const EntrySpec &entry = self.spec.entries.find(key)->second;
  if (Error error = self.backend->checkInputs(entry, self.views))
    return error;
  if (Error error = self.backend->prepare(key, entry)) {
    self.lastEntry.clear();
    return error;
  }
  if (self.lastEntry != key)
    self.lastEntry = key;
  return self.backend->run(key, entry, self.views, scalars, options);
}

Expected<const OutputSpec *>
Program::Implementation::findOutput(const std::string &key,
                                    size_t index) const {
  auto found = spec.entries.find(key);
  if (found == spec.entries.end())
    return unknownEntry(key, spec);
  const EntrySpec &entry = found->second;
  if (index >= entry.outputs.size())
    return Error::failure(
        "entry '" + key + "' has " + std::to_string(entry.outputs.size()) +
        " outputs, there is no output " + std::to_string(index));
  if (lastEntry != key)
    return Error::failure("entry '" + key +
                          "' was not the last to run: its outputs are gone");
  return &entry.outputs[index];
}

const void *Program::outputData(const std::string &key, size_t index) const {
  std::lock_guard<std::mutex> lock(implementation->mutex);
  Expected<const OutputSpec *> output = implementation->findOutput(key, index);
  if (!output)
    return nullptr;
  Expected<const void *> data =
      implementation->backend->view((*output)->place, (*output)->bytes);
  return data ? *data : nullptr;
}

Error Program::readOutput(const std::string &key, size_t index,
                          void *destination) const {
  std::lock_guard<std::mutex> lock(implementation->mutex);
  Expected<const OutputSpec *> output = implementation->findOutput(key, index);
  if (!output)
    return output.takeError();
  return implementation->backend->read((*output)->place, (*output)->bytes,
                                       destination);
}

Error Program::synchronize() const {
  std::lock_guard<std::mutex> lock(implementation->mutex);
  return implementation->backend->synchronize();
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

const StateSpec *Program::findState(std::string_view name) const {
  for (const StateSpec &state : implementation->spec.state)
    if (state.name == name)
      return &state;
  return nullptr;
}

static Error unknownState(std::string_view name) {
  return Error::failure("the program has no state '" + std::string(name) + "'");
}

Error Program::readState(std::string_view name, void *destination) const {
  const StateSpec *state = findState(name);
  if (!state)
    return unknownState(name);
  std::lock_guard<std::mutex> lock(implementation->mutex);
  return implementation->backend->read({Place::State, state->offset},
                                       state->bytes, destination);
}

Error Program::writeState(std::string_view name, const ArrayView &value) {
  const StateSpec *state = findState(name);
  if (!state)
    return unknownState(name);
  bool matches =
      value.dtype == state->dtype &&
      value.rank == static_cast<int64_t>(state->shape.size()) &&
      std::equal(state->shape.begin(), state->shape.end(), value.shape);
  if (!matches)
    return Error::failure("state '" + state->name + "': expected " +
                          describeArray(state->dtype, state->shape) + ", got " +
                          describeArray(value));
  std::lock_guard<std::mutex> lock(implementation->mutex);
  return implementation->backend->writeState(*state, value);
}

//===----------------------------------------------------------------------===//
// Memory that is handed out
//===----------------------------------------------------------------------===//

Expected<DLManagedTensor *> Program::shareOutput(const std::string &key,
                                                 size_t index) const {
  std::lock_guard<std::mutex> lock(implementation->mutex);
  Expected<const OutputSpec *> output = implementation->findOutput(key, index);
  if (!output)
    return output.takeError();
  Expected<SharedMemory> memory =
      implementation->backend->share((*output)->place);
  if (!memory)
    return Error::failure("output '" + (*output)->name +
                          "': " + memory.message());
  return makeSharedTensor(*memory, (*output)->dtype, (*output)->shape);
}

Expected<DLManagedTensor *> Program::shareState(std::string_view name) const {
  const StateSpec *state = findState(name);
  if (!state)
    return unknownState(name);
  std::lock_guard<std::mutex> lock(implementation->mutex);
  Expected<SharedMemory> memory =
      implementation->backend->share({Place::State, state->offset});
  if (!memory)
    return Error::failure("state '" + state->name + "': " + memory.message());
  return makeSharedTensor(*memory, state->dtype, state->shape);
}

//===----------------------------------------------------------------------===//
// Memory and times
//===----------------------------------------------------------------------===//

std::string Program::describeDevice() const {
  std::lock_guard<std::mutex> lock(implementation->mutex);
  return implementation->backend->describe();
}

int64_t Program::allocatedBytes() const {
  return implementation->backend->allocatedBytes();
}

void Program::setProfiling(bool enabled) {
  std::lock_guard<std::mutex> lock(implementation->mutex);
  implementation->backend->setProfiling(enabled);
}

std::vector<LaunchTime> Program::profile(const std::string &key) const {
  std::lock_guard<std::mutex> lock(implementation->mutex);
  return implementation->backend->profile(key);
}

} // namespace auxact::runtime
