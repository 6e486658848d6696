//===- Replan.cpp - The same entry for more threads -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Only workspaces depend on the number of threads. They are resized, the arena
// is planned again from the list of buffers, and every place that refers to the
// arena moves with the buffer that holds it at that launch.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/ArenaPlanner.h"
#include "auxact/Runtime/ProgramSpec.h"

#include <algorithm>

namespace auxact::runtime {

static constexpr size_t noBuffer = ~size_t(0);

static bool holds(const BufferSpec &buffer, int64_t offset) {
  return buffer.offset <= offset &&
         offset < buffer.offset + std::max<int64_t>(buffer.bytes, 1);
}

/// The buffer that holds an arena offset at a launch: no two buffers overlap at
/// one time, so there is at most one.
static size_t findBuffer(const EntrySpec &entry, int64_t offset, int64_t time) {
  for (size_t i = 0; i < entry.buffers.size(); ++i)
    if (entry.buffers[i].first <= time && time <= entry.buffers[i].last &&
        holds(entry.buffers[i], offset))
      return i;
  return noBuffer;
}

/// The buffer of a kind that holds an offset: staged inputs and scalars are
/// written before the first launch, whenever their first reader comes.
static size_t findBuffer(const EntrySpec &entry, int64_t offset,
                         const std::string &kind) {
  for (size_t i = 0; i < entry.buffers.size(); ++i)
    if (entry.buffers[i].kind == kind && holds(entry.buffers[i], offset))
      return i;
  return noBuffer;
}

namespace {
/// Every arena offset of an entry, with the buffer that it lies in.
class Relocations {
public:
  explicit Relocations(const EntrySpec &entry) : entry(entry) {}

  void add(int64_t &offset, size_t buffer, const std::string &what) {
    if (buffer == noBuffer && !error)
      error = Error::failure("entry '" + entry.name +
                             "' cannot be planned for more threads: no buffer "
                             "in its list holds " +
                             what);
    moves.emplace_back(&offset, buffer);
  }

  Error takeError() { return std::move(error); }

  void apply(const std::vector<int64_t> &newOffsets) {
    for (auto [offset, buffer] : moves)
      *offset += newOffsets[buffer] - entry.buffers[buffer].offset;
  }

private:
  const EntrySpec &entry;
  std::vector<std::pair<int64_t *, size_t>> moves;
  Error error;
};
} // namespace

Expected<EntrySpec> replanForThreads(const EntrySpec &entry,
                                     const std::vector<KernelSpec> &kernels,
                                     int64_t threads) {
  EntrySpec result = entry;
  result.threads = threads;
  Relocations relocations(entry);
  for (size_t i = 0; i < result.launches.size(); ++i) {
    LaunchSpec &launch = result.launches[i];
    std::string name = "launch " + std::to_string(i);
    for (Place &place : launch.args)
      if (place.kind == Place::Arena)
        relocations.add(place.value, findBuffer(entry, place.value, i),
                        "an argument of " + name);
    const KernelSpec &kernel = kernels[launch.kernel];
    if (kernel.workspaceBytes == 0)
      continue;
    size_t buffer = findBuffer(entry, launch.workspaceOffset, i);
    relocations.add(launch.workspaceOffset, buffer, "the workspace of " + name);
    if (buffer != noBuffer)
      result.buffers[buffer].bytes = workspaceBytes(kernel, threads);
  }
  for (InputSpec &input : result.inputs)
    if (input.stagingOffset != -1)
      relocations.add(input.stagingOffset,
                      findBuffer(entry, input.stagingOffset, "input"),
                      "input '" + input.name + "'");
  for (ScalarSpec &scalar : result.scalars)
    relocations.add(scalar.offset, findBuffer(entry, scalar.offset, "scalar"),
                    "scalar '" + scalar.name + "'");
  int64_t end = std::max<int64_t>(result.launches.size(), 1) - 1;
  for (OutputSpec &output : result.outputs)
    if (output.place.kind == Place::Arena)
      relocations.add(output.place.value,
                      findBuffer(entry, output.place.value, end),
                      "output '" + output.name + "'");
  if (Error error = relocations.takeError())
    return error;

  std::vector<BufferRequest> requests;
  for (const BufferSpec &buffer : result.buffers)
    requests.push_back(
        {buffer.bytes, blockAlignment, buffer.first, buffer.last});
  if (std::string problem = checkBufferRequests(requests); !problem.empty())
    return Error::failure("entry '" + entry.name + "': " + problem);
  ArenaPlan plan = planArena(requests);

  relocations.apply(plan.offsets);
  for (size_t i = 0; i < result.buffers.size(); ++i)
    result.buffers[i].offset = plan.offsets[i];
  result.arenaBytes = plan.bytes;
  result.lowerBoundBytes = plan.lowerBound;
  return result;
}

} // namespace auxact::runtime
