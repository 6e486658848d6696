//===- ProgramCheck.cpp - A replay must stay inside its blocks ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Programs come from the compiler, but also from files. The checks here make a
// damaged description an error rather than a wild pointer.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/ProgramSpec.h"

#include <limits>
#include <set>

namespace auxact::runtime {

namespace {
/// Collects the first problem of one entry or program.
class Checker {
public:
  explicit Checker(std::string where) : where(std::move(where)) {}

  void fail(const std::string &what, const std::string &message) {
    if (!error)
      error = Error::failure(where + what + ": " + message);
  }

  /// [offset, offset + bytes) must lie in [0, size), at a multiple of
  /// `alignment`.
  void range(const std::string &what, const char *block, int64_t offset,
             int64_t bytes, int64_t size, int64_t alignment) {
    if (bytes < 0 || offset < 0 || bytes > size || offset > size - bytes)
      fail(what, "bytes [" + std::to_string(offset) + ", " +
                     std::to_string(offset) + " + " + std::to_string(bytes) +
                     ") are not inside the " + block + " of " +
                     std::to_string(size) + " bytes");
    else if (offset % alignment != 0)
      fail(what, "the offset " + std::to_string(offset) +
                     " is not a multiple of " + std::to_string(alignment));
  }

  void array(const std::string &what, DType dtype,
             const std::vector<int64_t> &shape, int64_t bytes) {
    int64_t expected = dtypeBytes(dtype);
    for (int64_t size : shape) {
      if (size < 0 || (size != 0 && expected > maxBytes / size))
        return fail(what, "impossible shape " + describeArray(dtype, shape));
      expected *= size;
    }
    if (expected != bytes)
      fail(what, describeArray(dtype, shape) + " has " +
                     std::to_string(expected) + " bytes, not " +
                     std::to_string(bytes));
  }

  void positive(const std::string &what, int64_t value, int64_t least) {
    if (value < least || value > maxBytes)
      fail(what, "expected at least " + std::to_string(least) + ", got " +
                     std::to_string(value));
  }

  void between(const std::string &what, int64_t value, int64_t least,
               int64_t most) {
    if (value < least || value > most)
      fail(what, "expected " + std::to_string(least) + " to " +
                     std::to_string(most) + ", got " + std::to_string(value));
  }

  Error takeError() { return std::move(error); }

private:
  static constexpr int64_t maxBytes = std::numeric_limits<int64_t>::max() / 4;
  std::string where;
  Error error;
};
} // namespace

static std::string named(const char *kind, const std::string &name) {
  return std::string(kind) + " '" + name + "'";
}

static void checkPlace(Checker &check, const std::string &what,
                       const Place &place, int64_t bytes,
                       const ProgramSpec &program, const EntrySpec &entry) {
  switch (place.kind) {
  case Place::Arena:
    return check.range(what, "arena", place.value, bytes, entry.arenaBytes, 1);
  case Place::State:
    return check.range(what, "state", place.value, bytes, program.stateBytes,
                       1);
  case Place::Input:
    if (place.value < 0 ||
        place.value >= static_cast<int64_t>(entry.inputs.size()))
      return check.fail(
          what, "there is no input " + std::to_string(place.value) +
                    "; the entry has " + std::to_string(entry.inputs.size()));
    if (bytes > entry.inputs[place.value].bytes)
      check.fail(what, "larger than its input");
    return;
  }
}

static void checkLaunch(Checker &check, const std::string &what,
                        const LaunchSpec &launch, const ProgramSpec &program,
                        const EntrySpec &entry) {
  if (launch.kernel < 0 ||
      launch.kernel >= static_cast<int64_t>(program.kernels.size()))
    return check.fail(what, "there is no kernel " +
                                std::to_string(launch.kernel) +
                                "; the program has " +
                                std::to_string(program.kernels.size()));
  if (launch.results < 0 ||
      launch.results > static_cast<int64_t>(launch.args.size()))
    return check.fail(what, std::to_string(launch.results) + " results of " +
                                std::to_string(launch.args.size()) +
                                " arguments");
  for (const Place &place : launch.args)
    checkPlace(check, what, place, 0, program, entry);
  const KernelSpec &kernel = program.kernels[launch.kernel];
  if (kernel.workspaceBytes > 0)
    check.range(what + ", workspace", "arena", launch.workspaceOffset,
                workspaceBytes(kernel, entry.threads), entry.arenaBytes,
                blockAlignmentOf(program.target));
}

/// Limits of all chips; those of one chip are checked where it is known.
static void checkGrid(Checker &check, const std::string &what,
                      const GridSpec &grid) {
  static constexpr int64_t mostBlocks[3] = {2147483647, 65535, 65535};
  static constexpr int64_t mostThreads[3] = {1024, 1024, 64};
  static constexpr int64_t mostSharedBytes = int64_t(1) << 20;
  if (grid.function.empty())
    check.fail(what, "a grid without a function");
  int64_t threads = 1;
  for (int i = 0; i < 3; ++i) {
    check.between(what + ", blocks", grid.blocks[i], 1, mostBlocks[i]);
    check.between(what + ", threads", grid.threads[i], 1, mostThreads[i]);
    if (grid.threads[i] >= 1 && grid.threads[i] <= mostThreads[i])
      threads *= grid.threads[i];
  }
  check.between(what + ", threads of a block", threads, 1, 1024);
  check.between(what + ", shared_bytes", grid.sharedBytes, 0, mostSharedBytes);
}

static void checkKernel(Checker &check, const KernelSpec &kernel,
                        const ProgramSpec &program) {
  std::string what = named("kernel", kernel.symbol);
  check.positive(what + ", tasks", kernel.tasks, 1);
  check.positive(what + ", workspace_bytes", kernel.workspaceBytes, 0);
  if (!isDeviceTarget(program.target)) {
    if (!kernel.grids.empty())
      check.fail(what, "has grids, but the target '" + program.target +
                           "' is no device");
    return;
  }
  if (kernel.grids.empty())
    check.fail(what,
               "has no grids, which the target '" + program.target + "' needs");
  check.between(what + ", tasks", kernel.tasks, 1, 1);
  for (const GridSpec &grid : kernel.grids)
    checkGrid(check, what, grid);
}

Error checkKernel(const ProgramSpec &program, const KernelSpec &kernel) {
  Checker check("");
  checkKernel(check, kernel, program);
  return check.takeError();
}

Error checkEntry(const ProgramSpec &program, const EntrySpec &entry) {
  Checker check("entry '" + entry.name + "', ");
  check.positive("arena_bytes", entry.arenaBytes, 0);
  check.positive("threads", entry.threads, 1);
  if (entry.threads > 4096)
    check.fail("threads",
               "expected at most 4096, got " + std::to_string(entry.threads));
  bool onDevice = isDeviceTarget(program.target);
  if (onDevice)
    check.between("threads on a device", entry.threads, 1, 1);
  for (const InputSpec &input : entry.inputs) {
    std::string what = named("input", input.name);
    check.array(what, input.dtype, input.shape, input.bytes);
    if (input.stagingOffset != -1)
      check.range(what, "arena", input.stagingOffset, input.bytes,
                  entry.arenaBytes, blockAlignmentOf(program.target));
    else if (onDevice)
      check.fail(what, "has no room in the arena, which a device needs");
    if (input.classes < 0)
      check.fail(what, "a negative number of classes");
    if (input.classes > 0 && input.dtype != DType::i32 &&
        input.dtype != DType::i64)
      check.fail(what,
                 std::string("labels and tokens must be i32 or i64, got ") +
                     dtypeName(input.dtype));
  }
  for (const ScalarSpec &scalar : entry.scalars)
    check.range(named("scalar", scalar.name), "arena", scalar.offset,
                dtypeBytes(scalar.dtype), entry.arenaBytes,
                dtypeBytes(scalar.dtype));
  for (const OutputSpec &output : entry.outputs) {
    std::string what = named("output", output.name);
    check.array(what, output.dtype, output.shape, output.bytes);
    checkPlace(check, what, output.place, output.bytes, program, entry);
  }
  for (size_t i = 0; i < entry.launches.size(); ++i)
    checkLaunch(check, "launch " + std::to_string(i), entry.launches[i],
                program, entry);
  for (const BufferSpec &buffer : entry.buffers)
    check.range(named("buffer", buffer.name), "arena", buffer.offset,
                buffer.bytes, entry.arenaBytes, 1);
  return check.takeError();
}

Error checkProgram(const ProgramSpec &program) {
  Checker check("");
  check.positive("state_bytes", program.stateBytes, 0);
  std::set<std::string> names;
  for (const StateSpec &state : program.state) {
    std::string what = named("state", state.name);
    if (!names.insert(state.name).second)
      check.fail(what, "the name is used twice");
    check.array(what, state.dtype, state.shape, state.bytes);
    check.range(what, "state", state.offset, state.bytes, program.stateBytes,
                blockAlignmentOf(program.target));
  }
  for (const KernelSpec &kernel : program.kernels)
    checkKernel(check, kernel, program);
  if (Error error = check.takeError())
    return error;
  for (const auto &[name, entry] : program.entries)
    if (Error error = checkEntry(program, entry))
      return error;
  return Error::success();
}

} // namespace auxact::runtime
