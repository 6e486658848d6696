//===- CudaBackend.cpp - A program on a CUDA device -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// State, arena and slots are one allocation, made when the first entry runs. An
// entry that needs more replaces it: the state moves to the host and back, so
// that two are never held. Until the first run, and where there is no device,
// the state is a block of the host.
//
//===----------------------------------------------------------------------===//

#include "Backend.h"
#include "Block.h"
#include "CudaInputs.h"
#include "CudaReplay.h"

#include <algorithm>
#include <cstring>

namespace auxact::runtime {

namespace {
class CudaBackend : public Backend {
public:
  CudaBackend(const ProgramSpec &spec, const std::vector<KernelCode> &code,
              int64_t deviceIndex)
      : spec(spec), code(code), deviceIndex(deviceIndex) {}
  ~CudaBackend() override;

  Error initialize() override;
  Error fetchLabels(const InputSpec &input, size_t index,
                    ArrayView &view) override;
  Error checkInputs(const EntrySpec &entry,
                    const std::vector<ArrayView> &inputs) override;
  Error prepare(const std::string &key, const EntrySpec &entry) override;
  Error run(const std::string &key, const EntrySpec &entry,
            const std::vector<ArrayView> &inputs,
            const std::vector<double> &scalars,
            const RunOptions &options) override;
  void forget(const std::string &key) override;
  Expected<const void *> view(const Place &place, int64_t bytes) override;
  Error read(const Place &place, int64_t bytes, void *destination) override;
  Error writeState(const StateSpec &state, const ArrayView &value) override;
  Expected<SharedMemory> share(const Place &place) override;
  Error synchronize() override;

  std::string describe() const override {
    return device ? device->getInfo().describe()
                  : "a cuda device, not opened yet";
  }
  int64_t allocatedBytes() const override {
    return memory ? memory->size() : hostState->size();
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
  Error start();
  Error allocate(const EntrySpec &entry);
  Error moveStateToHost();
  Error moveStateToDevice();
  Error copyToHost(CUdeviceptr from, int64_t bytes, void *destination);
  Error checkLoss(const EntrySpec &entry, int64_t step);
  /// The device's state is unknown after a failure: remembers it for good.
  Error remember(Error error) {
    if (error)
      broken = error.message();
    return error;
  }

  const ProgramSpec &spec;
  const std::vector<KernelCode> &code;
  int64_t deviceIndex;
  std::unique_ptr<Block> hostState = std::make_unique<Block>();

  std::shared_ptr<CudaDevice> device;
  CUstream stream = nullptr, captureStream = nullptr;
  std::unique_ptr<CudaInputs> inputs;
  std::unique_ptr<CudaKernels> kernels;
  std::shared_ptr<CudaMemory> memory;
  CudaAddresses addresses;
  int64_t arenaBytes = 0, slotsBytes = 0;
  std::map<std::string, std::unique_ptr<CudaReplay>> replays;

  const EntrySpec *lastEntry = nullptr;
  std::vector<bool> onDevice;            // by input of the present call
  std::vector<std::vector<char>> labels; // by input
  std::map<CUdeviceptr, std::vector<char>> views; // of the last run
  bool profiling = false;
  std::string broken;
};
} // namespace

CudaBackend::~CudaBackend() {
  if (!device)
    return;
  CudaScope scope(*device);
  const CudaApi &api = device->api();
  if (stream)
    api.cuStreamSynchronize(stream);
  replays.clear();
  inputs.reset();
  kernels.reset();
  for (CUstream each : {stream, captureStream})
    if (each)
      api.cuStreamDestroy_v2(each);
}

Error CudaBackend::initialize() {
  if (Error error = hostState->allocate(spec.stateBytes, "state"))
    return error;
  fillState(spec, hostState->data());
  return Error::success();
}

/// Opens the device. A failure leaves everything closed, for another try.
Error CudaBackend::start() {
  if (device)
    return Error::success();
  Expected<std::shared_ptr<CudaDevice>> opened = CudaDevice::open(deviceIndex);
  if (!opened)
    return opened.takeError();
  CudaScope scope(**opened);
  auto newKernels = std::make_unique<CudaKernels>(*opened, spec, code);
  if (Error error = newKernels->checkChip())
    return error;
  auto newInputs = std::make_unique<CudaInputs>(*opened);
  if (Error error = newInputs->start())
    return error;
  const CudaApi &api = (*opened)->api();
  if (Error error =
          (*opened)->check(api.cuStreamCreate(&stream, CU_STREAM_DEFAULT),
                           "cannot make a stream"))
    return error;
  // Capturing must not be disturbed by what others do on the default stream.
  CUresult result = api.cuStreamCreate(&captureStream, CU_STREAM_NON_BLOCKING);
  if (result != CUDA_SUCCESS) {
    api.cuStreamDestroy_v2(stream);
    stream = nullptr;
    return (*opened)->failure(result, "cannot make a stream");
  }
  kernels = std::move(newKernels);
  inputs = std::move(newInputs);
  device = std::move(*opened);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Error CudaBackend::moveStateToHost() {
  if (Error error = synchronize())
    return error;
  auto block = std::make_unique<Block>();
  if (Error error = block->allocate(spec.stateBytes, "state"))
    return error;
  if (Error error = copyToHost(addresses.state, spec.stateBytes, block->data()))
    return error;
  hostState = std::move(block);
  // Arguments and graphs hold the old addresses.
  replays.clear();
  memory.reset();
  lastEntry = nullptr;
  arenaBytes = slotsBytes = 0;
  return Error::success();
}

Error CudaBackend::moveStateToDevice() {
  const CudaApi &api = device->api();
  // Zero, so that a run does not depend on what the memory held.
  CUresult result =
      api.cuMemsetD8Async(memory->address(), 0, memory->size(), stream);
  if (result == CUDA_SUCCESS && spec.stateBytes > 0)
    result = api.cuMemcpyHtoDAsync_v2(addresses.state, hostState->data(),
                                      spec.stateBytes, stream);
  if (result == CUDA_SUCCESS)
    result = api.cuStreamSynchronize(stream);
  if (Error error = device->check(result, "cannot copy the state to it"))
    return error;
  hostState->release();
  return Error::success();
}

/// Makes room for the largest entry so far.
Error CudaBackend::allocate(const EntrySpec &entry) {
  int64_t newArena =
      std::max(arenaBytes, alignUp(entry.arenaBytes, deviceBlockAlignment));
  int64_t newSlots = std::max(slotsBytes, slotBytes(spec, entry));
  if (memory && newArena == arenaBytes && newSlots == slotsBytes)
    return Error::success();
  if (memory)
    if (Error error = moveStateToHost())
      return error;
  int64_t stateBytes = alignUp(spec.stateBytes, deviceBlockAlignment);
  std::string what = "entry '" + entry.name + "' (state " +
                     std::to_string(stateBytes) + ", arena " +
                     std::to_string(newArena) + ", input slots " +
                     std::to_string(newSlots) + ")";
  Expected<std::shared_ptr<CudaMemory>> allocated = CudaMemory::allocate(
      device, std::max(stateBytes + newArena + newSlots, slotAlignment), what);
  if (!allocated)
    return allocated.takeError();
  memory = std::move(*allocated);
  arenaBytes = newArena;
  slotsBytes = newSlots;
  addresses.state = memory->address();
  addresses.arena = addresses.state + stateBytes;
  addresses.slots = addresses.arena + arenaBytes;
  if (Error error = moveStateToDevice()) {
    memory.reset();
    arenaBytes = slotsBytes = 0;
    return error;
  }
  return inputs->reserve(slotsBytes);
}

Error CudaBackend::copyToHost(CUdeviceptr from, int64_t bytes,
                              void *destination) {
  if (bytes == 0)
    return Error::success();
  const CudaApi &api = device->api();
  CUresult result = api.cuMemcpyDtoHAsync_v2(destination, from, bytes, stream);
  if (result == CUDA_SUCCESS)
    result = api.cuStreamSynchronize(stream);
  return device->check(result, "cannot copy from it to the host");
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

Error CudaBackend::fetchLabels(const InputSpec &input, size_t index,
                               ArrayView &view) {
  // Without a device no array can lie on one; running will say what is missing.
  if (Error error = start())
    return Error::success();
  CudaScope scope(*device);
  Expected<bool> isOnDevice = inputs->isOnDevice(input, view.data);
  if (!isOnDevice)
    return isOnDevice.takeError();
  if (!*isOnDevice)
    return Error::success();
  if (!isContiguous(view))
    return Error::failure("input '" + input.name +
                          "': an array of labels on a device must be "
                          "contiguous");
  labels.resize(std::max(labels.size(), index + 1));
  std::vector<char> &copy = labels[index];
  copy.resize(countElements(view.shape, view.rank) * dtypeBytes(view.dtype));
  if (Error error = inputs->fetch(view.data, copy.size(), copy.data()))
    return error;
  view.data = copy.data();
  view.strides = nullptr;
  return Error::success();
}

Error CudaBackend::checkInputs(const EntrySpec &entry,
                               const std::vector<ArrayView> &views) {
  if (!broken.empty())
    return Error::failure("the program cannot run on: " + broken);
  if (Error error = start())
    return error;
  CudaScope scope(*device);
  onDevice.assign(views.size(), false);
  for (size_t i = 0; i < views.size(); ++i) {
    const InputSpec &input = entry.inputs[i];
    Expected<bool> found = inputs->isOnDevice(input, views[i].data);
    if (!found)
      return found.takeError();
    onDevice[i] = *found;
    if (!*found)
      continue;
    if (!isContiguous(views[i]))
      return Error::failure("input '" + input.name +
                            "': an array on a device "
                            "must be contiguous");
    auto address = reinterpret_cast<uintptr_t>(views[i].data);
    if (memory && memory->holds(address) && address >= addresses.arena)
      return Error::failure("input '" + input.name +
                            "' is a view of an output of this program, which "
                            "the run would overwrite: pass a copy");
  }
  return Error::success();
}

Error CudaBackend::prepare(const std::string &key, const EntrySpec &entry) {
  CudaScope scope(*device);
  for (const LaunchSpec &launch : entry.launches)
    if (Error error = kernels->load(launch.kernel))
      return error;
  if (Error error = allocate(entry))
    return error;
  std::unique_ptr<CudaReplay> &replay = replays[key];
  if (!replay)
    replay =
        std::make_unique<CudaReplay>(device, entry, spec, *kernels, addresses);
  return Error::success();
}

Error CudaBackend::run(const std::string &key, const EntrySpec &entry,
                       const std::vector<ArrayView> &arrays,
                       const std::vector<double> &scalars,
                       const RunOptions &options) {
  CudaScope scope(*device);
  views.clear();
  lastEntry = &entry;
  if (Error error =
          remember(inputs->feed(entry, arrays, onDevice, scalars,
                                addresses.slots, addresses.arena, stream)))
    return error;
  CudaReplay &replay = *replays.find(key)->second;
  if (Error error = remember(replay.run(stream, captureStream, profiling)))
    return error;
  return options.checkLoss ? checkLoss(entry, options.step) : Error::success();
}

Error CudaBackend::checkLoss(const EntrySpec &entry, int64_t step) {
  for (const OutputSpec &output : entry.outputs) {
    if (output.name != "loss" || output.dtype != DType::f32 ||
        output.bytes != sizeof(float))
      continue;
    float loss = 0;
    if (Error error = read(output.place, output.bytes, &loss))
      return error;
    return checkLossValue(
        entry, loss, step,
        "; the whole step has run on the device, and what it updates of the "
        "state is updated");
  }
  return Error::success();
}

Error CudaBackend::synchronize() {
  if (!device)
    return Error::success();
  if (!broken.empty())
    return Error::failure(broken);
  CudaScope scope(*device);
  return remember(device->check(
      device->api().cuStreamSynchronize(stream),
      "a run failed, in one of its kernels (set AUXACT_CUDA_BLOCKING=1 to wait "
      "after each and see which)"));
}

void CudaBackend::forget(const std::string &key) {
  auto it = spec.entries.find(key);
  if (it == spec.entries.end())
    return;
  // Its work must be done before its graph goes; a failure is remembered.
  (void)static_cast<bool>(synchronize());
  if (lastEntry == &it->second)
    lastEntry = nullptr;
  replays.erase(key);
}

//===----------------------------------------------------------------------===//
// Access
//===----------------------------------------------------------------------===//

Error CudaBackend::read(const Place &place, int64_t bytes, void *destination) {
  if (!memory) {
    if (bytes > 0)
      std::memcpy(destination, hostState->data() + place.value, bytes);
    return Error::success();
  }
  if (Error error = synchronize())
    return error;
  CudaScope scope(*device);
  CUdeviceptr from = place.kind == Place::State
                         ? addresses.state + place.value
                         : addresses.find(place, *lastEntry);
  return remember(copyToHost(from, bytes, destination));
}

Expected<const void *> CudaBackend::view(const Place &place, int64_t bytes) {
  std::vector<char> &copy = views[addresses.find(place, *lastEntry)];
  if (copy.empty()) {
    copy.resize(std::max<int64_t>(bytes, 1));
    if (Error error = read(place, bytes, copy.data())) {
      copy.clear();
      return error;
    }
  }
  return Expected<const void *>(copy.data());
}

Error CudaBackend::writeState(const StateSpec &state, const ArrayView &value) {
  if (!memory) {
    copyToContiguous(value, state.dtype, hostState->data() + state.offset);
    return Error::success();
  }
  if (Error error = synchronize())
    return error;
  if (state.bytes == 0)
    return Error::success();
  CudaScope scope(*device);
  std::vector<char> contiguous;
  const void *from = value.data;
  if (!isContiguous(value)) {
    contiguous.resize(state.bytes);
    copyToContiguous(value, state.dtype, contiguous.data());
    from = contiguous.data();
  }
  const CudaApi &api = device->api();
  CUresult result = api.cuMemcpyHtoDAsync_v2(addresses.state + state.offset,
                                             from, state.bytes, stream);
  if (result == CUDA_SUCCESS)
    result = api.cuStreamSynchronize(stream);
  return remember(device->check(result, "cannot write to its state"));
}

Expected<SharedMemory> CudaBackend::share(const Place &place) {
  if (!memory)
    return Error::failure("nothing has run yet, so it is not on the device");
  if (Error error = synchronize())
    return error;
  CUdeviceptr address = place.kind == Place::State
                            ? addresses.state + place.value
                            : addresses.find(place, *lastEntry);
  SharedMemory shared;
  shared.data = reinterpret_cast<void *>(static_cast<uintptr_t>(address));
  shared.device = {kDLCUDA, device->getInfo().index};
  shared.owner = memory;
  return shared;
}

std::unique_ptr<Backend> makeCudaBackend(const ProgramSpec &spec,
                                         const std::vector<KernelCode> &code,
                                         int64_t device) {
  return std::make_unique<CudaBackend>(spec, code, device);
}

} // namespace auxact::runtime
