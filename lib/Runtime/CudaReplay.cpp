//===- CudaReplay.cpp - One entry on a device, ready to run ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "CudaReplay.h"

#include <cstdlib>

namespace auxact::runtime {

CUdeviceptr CudaAddresses::find(const Place &place,
                                const EntrySpec &entry) const {
  switch (place.kind) {
  case Place::Arena:
    return arena + place.value;
  case Place::State:
    return state + place.value;
  case Place::Input:
    return arena + entry.inputs[place.value].stagingOffset;
  }
  return 0;
}

CudaReplay::CudaReplay(std::shared_ptr<CudaDevice> usedDevice,
                       const EntrySpec &entry, const ProgramSpec &spec,
                       const CudaKernels &kernels,
                       const CudaAddresses &addresses)
    : device(std::move(usedDevice)), entry(entry), program(spec),
      times(entry.launches.size()) {
  for (const LaunchSpec &launch : entry.launches) {
    const KernelSpec &kernel = spec.kernels[launch.kernel];
    const std::vector<CUfunction> &functions =
        kernels.getFunctions(launch.kernel);
    launches.push_back({grids.size(), kernel.grids.size()});
    for (size_t i = 0; i < kernel.grids.size(); ++i)
      grids.push_back({functions[i], kernel.grids[i], values.size()});
    for (const Place &place : launch.args)
      values.push_back(addresses.find(place, entry));
    values.push_back(kernel.workspaceBytes > 0
                         ? addresses.arena + launch.workspaceOffset
                         : 0);
  }
  for (CUdeviceptr &value : values)
    parameters.push_back(&value);
  int64_t slot = 0;
  for (const InputSpec &input : entry.inputs)
    slot += inputSlotBytes(input);
  for (const ScalarSpec &scalar : entry.scalars) {
    scalarCopies.push_back({addresses.arena + scalar.offset,
                            addresses.slots + slot, dtypeBytes(scalar.dtype)});
    slot += 8;
  }
}

CudaReplay::~CudaReplay() {
  CudaScope scope(*device);
  if (graph)
    device->api().cuGraphExecDestroy(graph);
  for (CUevent event : events)
    device->api().cuEventDestroy_v2(event);
}

/// From the one slot, which one copy has filled, to where kernels read them.
CUresult CudaReplay::copyScalars(CUstream stream) {
  for (const ScalarCopy &copy : scalarCopies) {
    CUresult result = device->api().cuMemcpyDtoDAsync_v2(copy.to, copy.from,
                                                         copy.bytes, stream);
    if (result != CUDA_SUCCESS)
      return result;
  }
  return CUDA_SUCCESS;
}

CUresult CudaReplay::launch(const Grid &grid, CUstream stream) {
  auto number = [](int64_t value) { return static_cast<unsigned>(value); };
  const GridSpec &spec = grid.spec;
  return device->api().cuLaunchKernel(
      grid.function, number(spec.blocks[0]), number(spec.blocks[1]),
      number(spec.blocks[2]), number(spec.threads[0]), number(spec.threads[1]),
      number(spec.threads[2]), number(spec.sharedBytes), stream,
      parameters.data() + grid.firstParameter, nullptr);
}

Error CudaReplay::launchFailure(CUresult result, size_t index,
                                const std::string &function) const {
  const LaunchSpec &launch = entry.launches[index];
  return device->failure(
      result,
      "entry '" + entry.name + "', launch " + std::to_string(index) +
          (launch.layer.empty() ? "" : " of layer '" + launch.layer + "'") +
          ", kernel '" + program.kernels[launch.kernel].symbol +
          "', function '" + function + "' failed");
}

Error CudaReplay::runWaiting(CUstream stream) {
  CUresult result = copyScalars(stream);
  if (result == CUDA_SUCCESS)
    result = device->api().cuStreamSynchronize(stream);
  if (Error error = device->check(result, "cannot copy inputs and scalars"))
    return error;
  for (size_t i = 0; i < launches.size(); ++i)
    for (size_t j = 0; j < launches[i].numGrids; ++j) {
      const Grid &grid = grids[launches[i].firstGrid + j];
      result = launch(grid, stream);
      if (result == CUDA_SUCCESS)
        result = device->api().cuStreamSynchronize(stream);
      if (result != CUDA_SUCCESS)
        return launchFailure(result, i, grid.spec.function);
    }
  return Error::success();
}

Error CudaReplay::runTimed(CUstream stream) {
  const CudaApi &api = device->api();
  // Two events a launch: the time between launches is nobody's.
  while (events.size() < 2 * launches.size()) {
    CUevent event = nullptr;
    if (Error error = device->check(api.cuEventCreate(&event, CU_EVENT_DEFAULT),
                                    "cannot make an event"))
      return error;
    events.push_back(event);
  }
  CUresult result = copyScalars(stream);
  for (size_t i = 0; i < launches.size() && result == CUDA_SUCCESS; ++i) {
    result = api.cuEventRecord(events[2 * i], stream);
    for (size_t j = 0; j < launches[i].numGrids && result == CUDA_SUCCESS;
         ++j) {
      const Grid &grid = grids[launches[i].firstGrid + j];
      result = launch(grid, stream);
      if (result != CUDA_SUCCESS)
        return launchFailure(result, i, grid.spec.function);
    }
    if (result == CUDA_SUCCESS)
      result = api.cuEventRecord(events[2 * i + 1], stream);
  }
  if (result == CUDA_SUCCESS)
    result = api.cuStreamSynchronize(stream);
  for (size_t i = 0; i < launches.size() && result == CUDA_SUCCESS; ++i) {
    float milliseconds = 0;
    result =
        api.cuEventElapsedTime(&milliseconds, events[2 * i], events[2 * i + 1]);
    times[i].seconds += milliseconds * 1e-3;
    ++times[i].runs;
  }
  return device->check(result, "a profiled run failed");
}

Error CudaReplay::capture(CUstream stream) {
  const CudaApi &api = device->api();
  if (Error error =
          device->check(api.cuStreamBeginCapture_v2(
                            stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
                        "cannot capture a graph"))
    return error;
  CUresult result = copyScalars(stream);
  for (size_t i = 0; i < grids.size() && result == CUDA_SUCCESS; ++i)
    result = launch(grids[i], stream);
  // Ends the capture also after a failure.
  CUgraph captured = nullptr;
  CUresult ended = api.cuStreamEndCapture(stream, &captured);
  if (result == CUDA_SUCCESS)
    result = ended;
  if (result == CUDA_SUCCESS)
    result = api.cuGraphInstantiateWithFlags(&graph, captured, 0);
  if (captured)
    api.cuGraphDestroy(captured);
  if (result != CUDA_SUCCESS)
    return device->failure(
        result, "cannot make a graph of entry '" + entry.name + "' with its " +
                    std::to_string(launches.size()) + " launches");
  return Error::success();
}

Error CudaReplay::run(CUstream stream, CUstream captureStream, bool profiling) {
  if (profiling)
    return runTimed(stream);
  const char *blocking = std::getenv("AUXACT_CUDA_BLOCKING");
  if (!hasRun || (blocking && *blocking == '1')) {
    hasRun = true;
    return runWaiting(stream);
  }
  if (!graph)
    if (Error error = capture(captureStream))
      return error;
  return device->check(device->api().cuGraphLaunch(graph, stream),
                       "cannot launch the graph of a step");
}

} // namespace auxact::runtime
