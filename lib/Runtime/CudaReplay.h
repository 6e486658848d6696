//===- CudaReplay.h - One entry on a device, ready to run -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_CUDAREPLAY_H
#define AUXACT_LIB_RUNTIME_CUDAREPLAY_H

#include "CudaKernels.h"

#include "auxact/Runtime/Program.h"

namespace auxact::runtime {

/// Where the parts of the program's one allocation lie.
struct CudaAddresses {
  CUdeviceptr state = 0, arena = 0, slots = 0;

  CUdeviceptr find(const Place &place, const EntrySpec &entry) const;
};

/// All launches of an entry, with their arguments. The first run goes launch by
/// launch and waits for each, so that a kernel that fails is named; from the
/// second run on one graph holds them all.
class CudaReplay {
public:
  CudaReplay(std::shared_ptr<CudaDevice> device, const EntrySpec &entry,
             const ProgramSpec &spec, const CudaKernels &kernels,
             const CudaAddresses &addresses);
  ~CudaReplay();

  /// Queues a run. `captureStream` records the graph and is empty otherwise.
  Error run(CUstream stream, CUstream captureStream, bool profiling);

  const std::vector<LaunchTime> &getTimes() const { return times; }
  void resetTimes() { times.assign(times.size(), LaunchTime()); }

private:
  struct Grid {
    CUfunction function;
    GridSpec spec;
    size_t firstParameter;
  };
  struct Launch {
    size_t firstGrid, numGrids;
  };
  struct ScalarCopy {
    CUdeviceptr to, from;
    int64_t bytes;
  };

  CUresult copyScalars(CUstream stream);
  CUresult launch(const Grid &grid, CUstream stream);
  Error runWaiting(CUstream stream);
  Error runTimed(CUstream stream);
  Error capture(CUstream stream);
  Error launchFailure(CUresult result, size_t launch,
                      const std::string &function) const;

  std::shared_ptr<CudaDevice> device;
  const EntrySpec &entry;
  const ProgramSpec &program;
  std::vector<Launch> launches;
  std::vector<Grid> grids;
  std::vector<CUdeviceptr> values;
  std::vector<void *> parameters; // point to the values
  std::vector<ScalarCopy> scalarCopies;
  std::vector<LaunchTime> times;
  std::vector<CUevent> events; // made when profiling is first asked for
  CUgraphExec graph = nullptr;
  bool hasRun = false;
};

} // namespace auxact::runtime

#endif // AUXACT_LIB_RUNTIME_CUDAREPLAY_H
