//===- Driver.h - State behind the driver's functions -----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_DRIVER_H
#define AUXACT_TEST_LIB_SIMT_DRIVER_H

#include "DeviceModule.h"

#include "../../../lib/Runtime/CudaDriver.h"

#include <chrono>
#include <functional>
#include <mutex>
#include <set>

// The driver's functions as this library exports them.
#define AUXACT_SIMT_EXPORT(name, parameters)                                   \
  extern "C" __attribute__((visibility("default"))) CUresult name parameters;
AUXACT_CUDA_DRIVER_FUNCTIONS(AUXACT_SIMT_EXPORT)
#undef AUXACT_SIMT_EXPORT

struct CUctx_st {};
struct CUmod_st {
  std::unique_ptr<auxact::simt::DeviceModule> module;
};
struct CUgraph_st {
  std::vector<std::function<CUresult()>> operations;
};
struct CUgraphExec_st {
  CUgraph_st graph;
};
struct CUstream_st {
  /// What the stream's work is recorded into, instead of done.
  CUgraph capture = nullptr;
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED;
  /// Where the capture was begun.
  bool isOrigin = false;
};
struct CUevent_st {
  bool isTimed = true, isRecorded = false;
  std::chrono::steady_clock::time_point time;
  /// The recording that the event belongs to, if any.
  CUgraph capture = nullptr;
};

namespace auxact::simt {

/// Handles that were given out and not taken back.
template <typename T>
class Handles {
public:
  T *make() {
    auto owned = std::make_unique<T>();
    T *handle = owned.get();
    live[handle] = std::move(owned);
    return handle;
  }
  bool has(T *handle) const { return live.count(handle) != 0; }
  bool destroy(T *handle) { return live.erase(handle) != 0; }
  void clear() { live.clear(); }
  template <typename Visit>
  void forEach(Visit visit) {
    for (auto &[handle, owned] : live)
      visit(*handle);
  }

private:
  std::map<T *, std::unique_ptr<T>> live;
};

/// One device, one context. All calls hold the lock: kernels run one at a time.
class Driver {
public:
  static Driver &get();

  std::recursive_mutex lock;
  bool isInitialized = false;
  unsigned retained = 0;
  /// A fault in a kernel spoils the context: everything fails from then on,
  /// until the context is released.
  CUresult fault = CUDA_SUCCESS;
  CUctx_st context;
  Handles<CUmod_st> modules;
  Handles<CUgraph_st> graphs;
  Handles<CUgraphExec_st> executables;
  Handles<CUstream_st> streams;
  Handles<CUevent_st> events;

  /// Whether work can be given to the context.
  CUresult ready() const;
  /// Does the work at once, or records it where the stream is being captured.
  CUresult enqueue(CUstream stream, std::function<CUresult()> work);
  /// Some calls must not happen while a capture is going on.
  bool isCapturing();
  void releaseContext();

  /// 80, 89 or 90: AUXACT_SIMT_CHIP.
  static unsigned capability();
  /// Shared memory a block can have there.
  static unsigned maxSharedBytes();
};

#define AUXACT_SIMT_ENTER                                                      \
  Driver &driver = Driver::get();                                              \
  std::lock_guard<std::recursive_mutex> guard(driver.lock);                    \
  if (CUresult result = driver.ready())                                        \
    return result;

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_DRIVER_H
