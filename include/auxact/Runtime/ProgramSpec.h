//===- ProgramSpec.h - A compiled program as data ---------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What the compiler hands to the runtime: one state, several entries, each a
// straight-line list of launches over an arena with fixed offsets. Readable
// JSON in both directions; everything that a report prints comes from here.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_PROGRAMSPEC_H
#define AUXACT_RUNTIME_PROGRAMSPEC_H

#include "auxact/Runtime/DType.h"
#include "auxact/Runtime/Error.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace auxact::runtime {

/// The newest form of the JSON that this build reads, and the one it writes.
constexpr int64_t programVersion = 2;

/// Alignment of everything in the state block and in the arena, on the host and
/// on a device.
constexpr int64_t blockAlignment = 64;
constexpr int64_t deviceBlockAlignment = 1024;

/// Does code for this target run on a device ("cuda:sm_90a")?
inline bool isDeviceTarget(const std::string &target) {
  return target.rfind("cuda:", 0) == 0;
}

inline int64_t blockAlignmentOf(const std::string &target) {
  return isDeviceTarget(target) ? deviceBlockAlignment : blockAlignment;
}

/// Where an argument lies.
struct Place {
  enum Kind { Arena, State, Input };
  Kind kind = Arena;
  int64_t value =
      0; // a byte offset in the arena or the state; an input's index
};

/// One array that lives from step to step.
struct StateSpec {
  std::string name;
  std::string kind; // parameter, buffer, optimizer, rule
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  int64_t offset = 0; // in the state block
  int64_t bytes = 0;
  double fill = 0.0; // its value before anything is loaded
};

struct InputSpec {
  std::string name;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  int64_t bytes = 0;
  int64_t stagingOffset = -1; // in the arena; -1: only used in place
  int64_t classes = 0;  // its values choose one of so many; 0: they are numbers
  bool isLabel = false; // what the network is to say
  std::optional<int64_t> ignored = {}; // a value that is allowed besides
};

/// A value that varies by step: the learning rate, the step number.
struct ScalarSpec {
  std::string name;
  DType dtype = DType::f32;
  int64_t offset = 0;               // in the arena
  std::optional<double> value = {}; // where it is the same in every run
};

struct OutputSpec {
  std::string name;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  int64_t bytes = 0;
  Place place;
};

struct LaunchSpec {
  int64_t kernel = 0;
  std::vector<Place> args;     // inputs, then results
  int64_t results = 0;         // how many of the arguments are results
  int64_t workspaceOffset = 0; // of slot 0; slots follow each other
  std::string layer;           // for reports
};

/// One range of the arena during launches first, …, last: the timeline.
struct BufferSpec {
  std::string name;
  std::string kind; // saved, temporary, gradient, input, output, workspace,
                    // scalar
  int64_t bytes = 0, offset = 0, first = 0, last = 0;
};

struct SavedSpec {
  std::string layer, rule;
  int64_t savedBytes = 0, exactBytes = 0;
  std::string sharedWith; // the layer where a shared value is counted
};

struct EntrySpec {
  std::string name;
  int64_t batch = 0;
  std::vector<InputSpec> inputs;
  std::vector<ScalarSpec> scalars;
  std::vector<OutputSpec> outputs;
  std::vector<LaunchSpec> launches;
  std::vector<BufferSpec> buffers;
  std::vector<SavedSpec> saved;
  int64_t arenaBytes = 0;
  int64_t lowerBoundBytes = 0;
  int64_t threads = 1; // workspace slots
};

/// One launch of a device function.
struct GridSpec {
  std::string function;
  int64_t blocks[3] = {1, 1, 1};
  int64_t threads[3] = {1, 1, 1}; // of a block
  int64_t sharedBytes = 0;        // dynamic shared memory
};

struct KernelSpec {
  std::string symbol;
  int64_t tasks = 1;
  int64_t workspaceBytes = 0; // of one slot
  /// On a device: launched one after another, each with the arguments of the
  /// launch and the workspace. Empty on the host.
  std::vector<GridSpec> grids;
};

struct ProgramSpec {
  int64_t version = programVersion;
  std::string target;   // as the user named it; "cuda:…" runs on a device
  std::string features; // "+avx2,+fma,…": what the kernels need of the CPU
  std::vector<StateSpec> state;
  int64_t stateBytes = 0;
  std::vector<KernelSpec> kernels;
  std::map<std::string, EntrySpec> entries;
  std::map<std::string, std::string> extra; // model text, compile options
};

/// Where the next batch lands on a device while a step runs: a slot an input,
/// then one of all scalars.
constexpr int64_t slotAlignment = 256;
inline int64_t inputSlotBytes(const InputSpec &input) {
  return alignUp(input.bytes, slotAlignment);
}
inline int64_t scalarSlotBytes(const EntrySpec &entry) {
  return alignUp(8 * static_cast<int64_t>(entry.scalars.size()), slotAlignment);
}
inline int64_t slotBytes(const ProgramSpec &program, const EntrySpec &entry) {
  if (!isDeviceTarget(program.target))
    return 0;
  int64_t bytes = scalarSlotBytes(entry);
  for (const InputSpec &input : entry.inputs)
    bytes += inputSlotBytes(input);
  return bytes;
}

/// The whole memory of an entry: the program's state, the entry's arena, and on
/// a device the slots that the next batch is copied to.
inline int64_t peakBytes(const ProgramSpec &program, const EntrySpec &entry) {
  int64_t alignment = blockAlignmentOf(program.target);
  return alignUp(program.stateBytes, alignment) +
         alignUp(entry.arenaBytes, alignment) + slotBytes(program, entry);
}

/// One slot of a kernel's workspace, padded so that slots stay aligned.
inline int64_t workspaceSlotBytes(const KernelSpec &kernel) {
  return alignUp(kernel.workspaceBytes, blockAlignment);
}

/// A launch's workspace: a slot for each of `threads` threads, or for each task
/// where there are fewer of those.
inline int64_t workspaceBytes(const KernelSpec &kernel, int64_t threads) {
  return workspaceSlotBytes(kernel) *
         (kernel.tasks < threads ? kernel.tasks : threads);
}

std::string toJson(const ProgramSpec &program);
std::string toJson(const EntrySpec &entry);

/// Checks the schema (a missing key, a wrong type, a version of the future) and
/// what `checkProgram` checks. Errors name the place: "entries.step.launches[3]
/// .kernel".
Expected<ProgramSpec> programFromJson(const std::string &text);
Expected<EntrySpec> entryFromJson(const std::string &text);

/// Checks that every offset and index of a program stays inside what it refers
/// to, so that a replay cannot leave its blocks.
Error checkProgram(const ProgramSpec &program);
Error checkEntry(const ProgramSpec &program, const EntrySpec &entry);
Error checkKernel(const ProgramSpec &program, const KernelSpec &kernel);

/// Gives the entry workspace slots for `threads` threads, plans its arena anew
/// from the list of buffers, and moves every place along. `kernels` is the
/// table that the launches refer to.
Expected<EntrySpec> replanForThreads(const EntrySpec &entry,
                                     const std::vector<KernelSpec> &kernels,
                                     int64_t threads);

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_PROGRAMSPEC_H
