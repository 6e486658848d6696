//===- StubCuda.cpp - A CUDA driver that can be told to fail --------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A driver library for tests of the runtime. Memory of the "device" is memory
// of the host, and the kernels are those of the tiny program, found by name.
// Work of a stream is done as late as the interface allows: when somebody waits
// for it. So a run that overwrites what an earlier one has not read yet
// computes something else, and not only sometimes.
//
// The variable AUXACT_STUB holds settings such as "chip=75,free=1000":
//   version=N    what the driver says of its version (12080)
//   init=N       what cuInit returns            devices=N  how many there are
//   (2) chip=N       compute capability (90)        free=N     free bytes
//   fail=NAME:N  the function NAME returns N    crash=F    the kernel F fails
//   ordinal=N    where every device array is said to lie
//
// Exported beside the driver's functions: what was called, and what is alive.
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Runtime/CudaDriver.h"
#include "../../Unit/Runtime/TinyProgram.h"

#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

using namespace auxact::runtime;

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

using Operation = std::function<CUresult()>;

struct CUctx_st {};
struct CUmod_st {
  std::string text;
};
struct CUfunc_st {
  std::string name;
  CUmodule module;
  int sharedLimit;
};
struct CUstream_st {
  std::vector<Operation> operations;
  size_t done = 0;
  bool isCapturing = false;
};
struct CUevent_st {
  CUstream stream = nullptr;
  size_t position = 0;
};
struct CUgraph_st {
  std::vector<Operation> operations;
};
struct CUgraphExec_st {
  std::vector<Operation> operations;
};

namespace {
CUctx_st context;
CUcontext current = nullptr;
std::string trace;
std::map<CUdeviceptr, size_t> allocations;
std::map<const void *, size_t> pinned;
std::map<CUfunc_st *, std::unique_ptr<CUfunc_st>> functions;
std::set<CUstream> streams;
int live = 0;
CUresult sticky = CUDA_SUCCESS;

std::string setting(const std::string &name, const std::string &unless) {
  const char *text = std::getenv("AUXACT_STUB");
  std::string all = std::string(",") + (text ? text : "") + ",";
  size_t start = all.find("," + name + "=");
  if (start == std::string::npos)
    return unless;
  start += name.size() + 2;
  return all.substr(start, all.find(',', start) - start);
}

int number(const std::string &name, int unless) {
  return std::atoi(setting(name, std::to_string(unless)).c_str());
}

/// Notes a call, and says what it is to return.
CUresult enter(const std::string &name, const std::string &details = "") {
  trace += name + (details.empty() ? "" : " " + details) + "\n";
  std::string fail = setting("fail", "");
  if (fail.rfind(name + ":", 0) == 0)
    return static_cast<CUresult>(std::atoi(fail.c_str() + name.size() + 1));
  return sticky;
}

#define ENTER(DETAILS)                                                         \
  if (CUresult entered = enter(__func__, DETAILS))                             \
  return entered

CUresult runUntil(CUstream stream, size_t position) {
  while (stream->done < position) {
    Operation operation = stream->operations[stream->done];
    ++stream->done;
    if (CUresult result = operation())
      return sticky = result;
  }
  return sticky;
}

/// Freeing memory waits for whatever may use it.
void finishAll() {
  for (CUstream stream : streams)
    runUntil(stream, stream->operations.size());
}

CUresult add(CUstream stream, Operation operation) {
  stream->operations.push_back(std::move(operation));
  return CUDA_SUCCESS;
}

bool isPinned(const void *address) {
  auto *byte = static_cast<const char *>(address);
  for (auto [start, bytes] : pinned)
    if (byte >= start && byte < static_cast<const char *>(start) + bytes)
      return true;
  return false;
}

void *pointer(CUdeviceptr address) {
  return reinterpret_cast<void *>(static_cast<uintptr_t>(address));
}

bool isAllocated(CUdeviceptr address, size_t bytes) {
  auto it = allocations.upper_bound(address);
  if (it == allocations.begin())
    return false;
  --it;
  return address + bytes <= it->first + it->second;
}

/// Runs a kernel of the tiny program, whose first grid does half the tasks.
CUresult runKernel(const std::string &name, unsigned blocks,
                   std::vector<void *> args) {
  trace += "run " + name + "\n";
  if (name == setting("crash", ""))
    return CUDA_ERROR_LAUNCH_FAILED;
  int64_t task = 0;
  args.push_back(&task);
  int64_t first = name == "tiny_predict_1" ? tiny::tasks / 2 : 0;
  for (int64_t i = 0; i < blocks; ++i) {
    task = first + i;
    if (name == "tiny_predict" || name == "tiny_predict_1")
      tiny::predict(args.data());
    else if (name == "tiny_reduce")
      tiny::reduce(args.data());
    else if (name == "tiny_update")
      tiny::update(args.data());
    else
      return CUDA_ERROR_NOT_FOUND;
  }
  return CUDA_SUCCESS;
}

size_t countParameters(const std::string &name) {
  return name == "tiny_reduce" ? 3 : 6;
}
} // namespace

extern "C" {

const char *auxactStubTrace() { return trace.c_str(); }
int auxactStubLive() { return live; }
void auxactStubReset() {
  trace.clear();
  sticky = CUDA_SUCCESS;
}

//===----------------------------------------------------------------------===//
// Driver and devices
//===----------------------------------------------------------------------===//

CUresult cuInit(unsigned) {
  enter(__func__);
  return static_cast<CUresult>(number("init", 0));
}
CUresult cuDriverGetVersion(int *version) {
  *version = number("version", 12080);
  return CUDA_SUCCESS;
}
CUresult cuGetErrorName(CUresult error, const char **text) {
  static const std::map<int, const char *> names = {
      {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY"},
      {CUDA_ERROR_NO_DEVICE, "CUDA_ERROR_NO_DEVICE"},
      {CUDA_ERROR_INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE"},
      {CUDA_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND"},
      {CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
       "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"},
      {CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"},
      {CUDA_ERROR_LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED"}};
  auto it = names.find(error);
  if (it == names.end())
    return CUDA_ERROR_INVALID_VALUE;
  *text = it->second;
  return CUDA_SUCCESS;
}
CUresult cuGetErrorString(CUresult, const char **text) {
  *text = "a stub's failure";
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetCount(int *count) {
  ENTER("");
  *count = number("devices", 2);
  return CUDA_SUCCESS;
}
CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  ENTER("");
  *device = ordinal;
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetName(char *name, int length, CUdevice device) {
  ENTER("");
  std::string text = "Stub " + std::to_string(device);
  std::strncpy(name, text.c_str(), length);
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute,
                              CUdevice) {
  int chip = number("chip", 90);
  switch (attribute) {
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
    *value = chip / 10;
    break;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
    *value = chip % 10;
    break;
  case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    *value = 1024;
    break;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
    *value = 232448;
    break;
  default:
    return CUDA_ERROR_INVALID_VALUE;
  }
  return CUDA_SUCCESS;
}
CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice) {
  *bytes = size_t(1) << 30;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext *result, CUdevice device) {
  ENTER(std::to_string(device));
  *result = &context;
  ++live;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) {
  enter(__func__);
  --live;
  return CUDA_SUCCESS;
}
CUresult cuCtxSetCurrent(CUcontext value) {
  current = value;
  return CUDA_SUCCESS;
}
CUresult cuCtxGetCurrent(CUcontext *value) {
  *value = current;
  return CUDA_SUCCESS;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

CUresult cuMemGetInfo_v2(size_t *freeBytes, size_t *totalBytes) {
  ENTER("");
  *freeBytes = number("free", 1 << 29);
  *totalBytes = size_t(1) << 30;
  return CUDA_SUCCESS;
}
CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
  ENTER(std::to_string(bytes));
  if (current != &context)
    return CUDA_ERROR_INVALID_CONTEXT;
  void *memory = std::aligned_alloc(1024, (bytes + 1023) / 1024 * 1024);
  std::memset(memory, 0xFF, bytes);
  *address = reinterpret_cast<uintptr_t>(memory);
  allocations[*address] = bytes;
  ++live;
  return CUDA_SUCCESS;
}
CUresult cuMemFree_v2(CUdeviceptr address) {
  enter(__func__);
  finishAll();
  if (!allocations.erase(address))
    return CUDA_ERROR_INVALID_VALUE;
  std::free(pointer(address));
  --live;
  return CUDA_SUCCESS;
}
CUresult cuMemHostAlloc(void **address, size_t bytes, unsigned) {
  ENTER(std::to_string(bytes));
  *address = std::malloc(bytes);
  pinned[*address] = bytes;
  ++live;
  return CUDA_SUCCESS;
}
CUresult cuMemFreeHost(void *address) {
  enter(__func__);
  finishAll();
  pinned.erase(address);
  std::free(address);
  --live;
  return CUDA_SUCCESS;
}
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes,
                              CUstream stream) {
  ENTER(std::to_string(bytes));
  if (!isAllocated(to, bytes))
    return CUDA_ERROR_INVALID_VALUE;
  if (isPinned(from))
    return add(stream, [=] {
      std::memcpy(pointer(to), from, bytes);
      return CUDA_SUCCESS;
    });
  // What is not pinned has been read when the call returns.
  std::string copy(static_cast<const char *>(from), bytes);
  return add(stream, [=] {
    std::memcpy(pointer(to), copy.data(), bytes);
    return CUDA_SUCCESS;
  });
}
CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes,
                              CUstream stream) {
  ENTER(std::to_string(bytes));
  if (!isAllocated(from, bytes))
    return CUDA_ERROR_INVALID_VALUE;
  return add(stream, [=] {
    std::memcpy(to, pointer(from), bytes);
    return CUDA_SUCCESS;
  });
}
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                              CUstream stream) {
  ENTER(std::to_string(bytes));
  if (!isAllocated(from, bytes) || !isAllocated(to, bytes))
    return CUDA_ERROR_INVALID_VALUE;
  return add(stream, [=] {
    std::memcpy(pointer(to), pointer(from), bytes);
    return CUDA_SUCCESS;
  });
}
CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t bytes,
                         CUstream stream) {
  ENTER(std::to_string(bytes));
  return add(stream, [=] {
    std::memset(pointer(to), value, bytes);
    return CUDA_SUCCESS;
  });
}
CUresult cuPointerGetAttribute(void *value, CUpointer_attribute attribute,
                               CUdeviceptr address) {
  if (!isAllocated(address, 1))
    return CUDA_ERROR_INVALID_VALUE;
  if (attribute == CU_POINTER_ATTRIBUTE_MEMORY_TYPE)
    *static_cast<unsigned *>(value) = CU_MEMORYTYPE_DEVICE;
  else if (attribute == CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL)
    *static_cast<int *>(value) = number("ordinal", 0);
  else
    return CUDA_ERROR_INVALID_VALUE;
  return CUDA_SUCCESS;
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count,
                            CUjit_option *options, void **values) {
  std::string text = static_cast<const char *>(image);
  ENTER(text.substr(0, text.find('\n')));
  // Images say of themselves whether this driver takes them.
  if (text.find("refused") != std::string::npos) {
    for (unsigned i = 0; i < count; ++i)
      if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
        std::strcpy(static_cast<char *>(values[i]), "line 7: no such thing");
    return CUDA_ERROR_INVALID_IMAGE;
  }
  *module = new CUmod_st{text};
  ++live;
  return CUDA_SUCCESS;
}
CUresult cuModuleUnload(CUmodule module) {
  enter(__func__);
  delete module;
  --live;
  return CUDA_SUCCESS;
}
CUresult cuModuleGetFunction(CUfunction *function, CUmodule module,
                             const char *name) {
  ENTER(name);
  if (module->text.find(name) == std::string::npos)
    return CUDA_ERROR_NOT_FOUND;
  auto made = std::make_unique<CUfunc_st>(CUfunc_st{name, module, 48 * 1024});
  *function = made.get();
  functions[made.get()] = std::move(made);
  return CUDA_SUCCESS;
}
CUresult cuFuncGetAttribute(int *, CUfunction_attribute, CUfunction) {
  return CUDA_ERROR_NOT_SUPPORTED;
}
CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute, int n) {
  ENTER(function->name + " " + std::to_string(n));
  function->sharedLimit = n;
  return CUDA_SUCCESS;
}
CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned, unsigned,
                        unsigned, unsigned, unsigned, unsigned sharedBytes,
                        CUstream stream, void **parameters, void **) {
  std::string name = function->name;
  ENTER(name);
  if (static_cast<int>(sharedBytes) > function->sharedLimit)
    return CUDA_ERROR_INVALID_VALUE;
  std::vector<void *> args;
  for (size_t i = 0; i < countParameters(name); ++i)
    args.push_back(pointer(*static_cast<CUdeviceptr *>(parameters[i])));
  return add(stream, [=] { return runKernel(name, gridX, args); });
}

//===----------------------------------------------------------------------===//
// Streams, events and graphs
//===----------------------------------------------------------------------===//

CUresult cuStreamCreate(CUstream *stream, unsigned) {
  ENTER("");
  *stream = new CUstream_st;
  streams.insert(*stream);
  ++live;
  return CUDA_SUCCESS;
}
CUresult cuStreamDestroy_v2(CUstream stream) {
  enter(__func__);
  runUntil(stream, stream->operations.size());
  streams.erase(stream);
  delete stream;
  --live;
  return CUDA_SUCCESS;
}
CUresult cuStreamSynchronize(CUstream stream) {
  ENTER("");
  return runUntil(stream, stream->operations.size());
}
CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
  ENTER("");
  CUstream other = event->stream;
  size_t position = event->position;
  return add(stream,
             [=] { return other ? runUntil(other, position) : CUDA_SUCCESS; });
}
CUresult cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode) {
  ENTER("");
  stream->isCapturing = true;
  stream->operations.clear();
  stream->done = 0;
  return CUDA_SUCCESS;
}
CUresult cuStreamEndCapture(CUstream stream, CUgraph *graph) {
  ENTER("");
  stream->isCapturing = false;
  *graph = new CUgraph_st{std::move(stream->operations)};
  stream->operations.clear();
  ++live;
  return CUDA_SUCCESS;
}
CUresult cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph graph,
                                     unsigned long long) {
  ENTER(std::to_string(graph->operations.size()));
  *executable = new CUgraphExec_st{graph->operations};
  ++live;
  return CUDA_SUCCESS;
}
#ifndef AUXACT_STUB_WITHOUT_GRAPHS
CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream) {
  ENTER("");
  for (const Operation &operation : executable->operations)
    add(stream, operation);
  return CUDA_SUCCESS;
}
#endif
CUresult cuGraphExecDestroy(CUgraphExec executable) {
  enter(__func__);
  delete executable;
  --live;
  return CUDA_SUCCESS;
}
CUresult cuGraphDestroy(CUgraph graph) {
  enter(__func__);
  delete graph;
  --live;
  return CUDA_SUCCESS;
}
CUresult cuEventCreate(CUevent *event, unsigned) {
  ENTER("");
  *event = new CUevent_st;
  ++live;
  return CUDA_SUCCESS;
}
CUresult cuEventRecord(CUevent event, CUstream stream) {
  ENTER("");
  event->stream = stream;
  event->position = stream->operations.size();
  return CUDA_SUCCESS;
}
CUresult cuEventSynchronize(CUevent event) {
  ENTER("");
  return event->stream ? runUntil(event->stream, event->position)
                       : CUDA_SUCCESS;
}
CUresult cuEventElapsedTime(float *milliseconds, CUevent, CUevent) {
  ENTER("");
  *milliseconds = 0.5f;
  return CUDA_SUCCESS;
}
CUresult cuEventDestroy_v2(CUevent event) {
  enter(__func__);
  delete event;
  --live;
  return CUDA_SUCCESS;
}

} // extern "C"
