//===- CudaRunTest.cpp - Replay on a device, over a stub driver -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The stub does a stream's work as late as it may, so that equal bits also say
// that nothing is overwritten too early.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Program.h"

#include "StubDriver.h"
#include "TinyDevice.h"

#include <cstring>
#include <limits>

using namespace auxact::runtime;

namespace {
class CudaRun : public StubDriver {
protected:
  std::unique_ptr<Program> make(ProgramOptions options = {}) {
    auto program =
        Program::create(tiny::makeDeviceSpec(), tiny::makeImages(), options);
    EXPECT_TRUE(program) << program.message();
    return program ? std::move(*program) : nullptr;
  }

  static std::vector<float> weights(const Program &program) {
    std::vector<float> values(tiny::columns);
    Error error = program.readState("w", values.data());
    EXPECT_FALSE(error) << error.message();
    return values;
  }

  static float loss(const Program &program) {
    float value = -1;
    Error error = program.readOutput("step", 0, &value);
    EXPECT_FALSE(error) << error.message();
    return value;
  }

  static void step(Program &program, int64_t i) {
    // Gone when `run` returns: it must not be read later.
    auto data = std::make_unique<tiny::Data>(i);
    Error error = program.run("step", data->views(), {0.1 / i});
    EXPECT_FALSE(error) << error.message();
    std::memset(data->x, 0xFF, sizeof(data->x));
  }

  /// What the host computes.
  static std::vector<float> reference(int64_t steps, float &loss) {
    auto program = Program::create(tiny::makeSpec(1), tiny::makeKernels());
    for (int64_t i = 1; i <= steps; ++i)
      step(**program, i);
    loss = CudaRun::loss(**program);
    return weights(**program);
  }
};
} // namespace

// Eight steps are queued before anything is read.
TEST_F(CudaRun, ComputesWhatTheHostComputes) {
  auto program = make();
  for (int64_t i = 1; i <= 8; ++i)
    step(*program, i);
  float expectedLoss = 0;
  std::vector<float> expected = reference(8, expectedLoss);
  EXPECT_EQ(loss(*program), expectedLoss);
  EXPECT_EQ(weights(*program), expected);
  EXPECT_EQ(*static_cast<const float *>(program->outputData("step", 0)),
            expectedLoss);
}

TEST_F(CudaRun, ReplaysOneGraph) {
  auto program = make();
  step(*program, 1);
  // The first step waits for each launch, so that a failing kernel has a name.
  EXPECT_EQ(calls("cuLaunchKernel"), 4);
  EXPECT_EQ(calls("cuGraphLaunch"), 0);
  step(*program, 2);
  EXPECT_EQ(calls("cuStreamBeginCapture_v2"), 1);
  EXPECT_EQ(calls("cuLaunchKernel"), 8);
  for (int64_t i = 3; i <= 6; ++i)
    step(*program, i);
  EXPECT_EQ(calls("cuLaunchKernel"), 8);
  EXPECT_EQ(calls("cuGraphLaunch"), 5);
  EXPECT_EQ(calls("cuGraphInstantiateWithFlags"), 1);
  // One scalar's copy and four grids.
  EXPECT_EQ(calls("cuGraphInstantiateWithFlags 5"), 1);
  EXPECT_EQ(calls("cuMemAlloc_v2"), 1);
  EXPECT_EQ(calls("cuMemHostAlloc"), 2);
  EXPECT_EQ(calls("cuModuleLoadDataEx"), 3);
  EXPECT_EQ(calls("cuModuleGetFunction"), 4);
  EXPECT_EQ(calls("cuFuncSetAttribute tiny_predict_1 100000"), 1);
  EXPECT_EQ(calls("cuFuncSetAttribute"), 1);

  // A step: inputs together, scalars, two inputs to the arena, one launch.
  clearTrace();
  step(*program, 7);
  EXPECT_EQ(calls("cuMemcpyHtoDAsync_v2"), 2);
  EXPECT_EQ(calls("cuMemcpyHtoDAsync_v2 8"), 1);
  EXPECT_EQ(calls("cuMemcpyDtoDAsync_v2"), 2);
  EXPECT_EQ(calls("cuGraphLaunch"), 1);
  EXPECT_EQ(calls("cuStreamSynchronize"), 0);
}

// Two steps can be under way: only the third waits, for the first of them.
TEST_F(CudaRun, ReturnsWhenAStepIsQueued) {
  auto program = make();
  step(*program, 1);
  EXPECT_EQ(calls("run tiny_update"), 1);
  step(*program, 2);
  step(*program, 3);
  EXPECT_EQ(calls("cuGraphLaunch"), 2);
  EXPECT_EQ(calls("run tiny_update"), 1);
  for (int64_t i = 4; i <= 6; ++i) {
    step(*program, i);
    EXPECT_LE(calls("run tiny_update"), i - 2);
  }
  ASSERT_FALSE(program->synchronize());
  EXPECT_EQ(calls("run tiny_update"), 6);
}

TEST_F(CudaRun, AllocatesExactlyThePeak) {
  auto program = make();
  EXPECT_EQ(program->allocatedBytes(), program->getSpec().stateBytes);
  step(*program, 1);
  int64_t peak = peakBytes(program->getSpec(), *program->findEntry("step"));
  EXPECT_EQ(program->allocatedBytes(), peak);
  EXPECT_EQ(calls("cuMemAlloc_v2 " + std::to_string(peak)), 1);
}

// Without a driver a program is made, written, read and saved; only runs fail.
TEST_F(CudaRun, NeedsNoDriverBeforeTheFirstRun) {
  setenv("AUXACT_CUDA_DRIVER", "/nowhere/libcuda.so.1", 1);
  auto program = make();
  EXPECT_EQ(weights(*program)[7], 0.5f);
  std::vector<float> values(tiny::columns, 2.0f);
  int64_t shape[1] = {tiny::columns};
  ASSERT_FALSE(
      program->writeState("w", {values.data(), DType::f32, shape, 1, nullptr}));
  EXPECT_EQ(weights(*program), values);
  EXPECT_CONTAINS(program->describeDevice(), "not opened");
  tiny::Data data;
  EXPECT_CONTAINS(program->run("step", data.views(), {0.1}).message(),
                  "cannot open the CUDA driver '/nowhere/libcuda.so.1'");
  // With a driver the same program goes on from there.
  setenv("AUXACT_CUDA_DRIVER", AUXACT_STUB_CUDA, 1);
  EXPECT_FALSE(program->run("step", data.views(), {0.0}));
  EXPECT_EQ(weights(*program), values);
}

TEST_F(CudaRun, WritesStateBetweenSteps) {
  auto program = make();
  step(*program, 1);
  step(*program, 2);
  std::vector<float> twice(2 * tiny::columns, 0.25f);
  int64_t shape[1] = {tiny::columns}, strides[1] = {8};
  ASSERT_FALSE(
      program->writeState("w", {twice.data(), DType::f32, shape, 1, strides}));
  EXPECT_EQ(weights(*program)[47], 0.25f);
  // Strided, and with labels of 64 bits.
  tiny::Data data(3);
  std::vector<int64_t> wide(data.y, data.y + tiny::rows);
  auto views = data.views();
  views[1].data = wide.data();
  views[1].dtype = DType::i64;
  ASSERT_FALSE(program->run("step", views, {0.1}));
  auto host = Program::create(tiny::makeSpec(1), tiny::makeKernels());
  ASSERT_FALSE(
      (*host)->writeState("w", {twice.data(), DType::f32, shape, 1, strides}));
  ASSERT_FALSE((*host)->run("step", data.views(), {0.1}));
  EXPECT_EQ(weights(*program), weights(**host));
}

TEST_F(CudaRun, TakesArraysOfTheDevice) {
  auto program = make();
  step(*program, 1);
  step(*program, 2);
  auto *allocate = find<int(unsigned long long *, size_t)>("cuMemAlloc_v2");
  auto *release = find<int(unsigned long long)>("cuMemFree_v2");
  auto *setCurrent = find<int(void *)>("cuCtxSetCurrent");
  auto *retain = find<int(void **, int)>("cuDevicePrimaryCtxRetain");
  auto *releaseContext = find<int(int)>("cuDevicePrimaryCtxRelease_v2");
  void *context = nullptr;
  ASSERT_EQ(retain(&context, 0), 0);
  setCurrent(context);
  tiny::Data data(3);
  unsigned long long x = 0, y = 0;
  ASSERT_EQ(allocate(&x, sizeof(data.x)) + allocate(&y, sizeof(data.y)), 0);
  std::memcpy(reinterpret_cast<void *>(x), data.x, sizeof(data.x));
  std::memcpy(reinterpret_cast<void *>(y), data.y, sizeof(data.y));
  auto views = data.views();
  views[0].data = reinterpret_cast<void *>(x);
  views[1].data = reinterpret_cast<void *>(y);
  clearTrace();
  ASSERT_FALSE(program->run("step", views, {0.1 / 3}));
  // The caller may overwrite them at once.
  std::memset(reinterpret_cast<void *>(x), 0, sizeof(data.x));
  EXPECT_EQ(calls("cuMemcpyDtoDAsync_v2"), 3);
  float expectedLoss = 0;
  std::vector<float> expected = reference(3, expectedLoss);
  EXPECT_EQ(weights(*program), expected);

  // Labels of the device are checked as well.
  reinterpret_cast<int32_t *>(y)[4] = tiny::classes;
  EXPECT_CONTAINS(program->run("step", views, {0.1}).message(),
                  "the label of batch row 4 is 5");
  std::memcpy(reinterpret_cast<void *>(y), data.y, sizeof(data.y));
  int64_t strides[2] = {4, 4 * tiny::rows};
  auto strided = views;
  strided[0].strides = strides;
  EXPECT_CONTAINS(program->run("step", strided, {0.1}).message(),
                  "must be contiguous");
  tell("ordinal=1");
  EXPECT_CONTAINS(program->run("step", views, {0.1}).message(),
                  "input 'y' lies on cuda device 1, but the program runs on "
                  "cuda device 0");
  tell("");
  EXPECT_EQ(weights(*program), expected);
  release(x);
  release(y);
  setCurrent(nullptr);
  releaseContext(0);
}

TEST_F(CudaRun, GivesTheThreadItsContextBack) {
  void *other = &other;
  find<int(void *)>("cuCtxSetCurrent")(other);
  auto program = make();
  step(*program, 1);
  loss(*program);
  program.reset();
  void *current = nullptr;
  find<int(void **)>("cuCtxGetCurrent")(&current);
  EXPECT_EQ(current, other);
  find<int(void *)>("cuCtxSetCurrent")(nullptr);
}

// A larger entry replaces the allocation; the state moves along.
TEST_F(CudaRun, GrowsForALargerEntry) {
  auto program = make();
  step(*program, 1);
  step(*program, 2);
  ProgramSpec spec = tiny::makeDeviceSpec();
  EntrySpec entry = spec.entries["step"];
  entry.name = "large";
  entry.arenaBytes += 1 << 20;
  ASSERT_FALSE(
      program->addEntry("large", entry, spec.kernels, tiny::makeImages()));
  EXPECT_EQ(program->getSpec().kernels.size(), 3u);
  tiny::Data data(3);
  ASSERT_FALSE(program->run("large", data.views(), {0.1 / 3}));
  EXPECT_EQ(program->allocatedBytes(),
            peakBytes(spec, *program->findEntry("large")));
  EXPECT_EQ(program->outputData("step", 0), nullptr);
  EXPECT_NE(program->outputData("large", 0), nullptr);
  EXPECT_EQ(calls("cuMemAlloc_v2"), 2);
  EXPECT_EQ(calls("cuMemFree_v2"), 1);
  EXPECT_EQ(calls("cuModuleLoadDataEx"), 3);
  for (int64_t i = 4; i <= 6; ++i)
    step(*program, i);
  float expectedLoss = 0;
  EXPECT_EQ(weights(*program), reference(6, expectedLoss));

  // Where the larger one does not fit, the state survives and steps go on.
  entry.arenaBytes += 1 << 20;
  ASSERT_FALSE(
      program->addEntry("huge", entry, spec.kernels, tiny::makeImages()));
  tell("free=1500000");
  EXPECT_CONTAINS(program->run("huge", data.views(), {0.1}).message(),
                  "too little memory");
  step(*program, 7);
  EXPECT_EQ(weights(*program), reference(7, expectedLoss));
}

TEST_F(CudaRun, HandsOutTensorsThatOutliveIt) {
  auto program = make();
  EXPECT_CONTAINS(program->shareState("w").message(), "nothing has run yet");
  step(*program, 1);
  auto output = program->shareOutput("step", 0);
  auto state = program->shareState("w.momentum");
  ASSERT_TRUE(output && state);
  float expected = loss(*program);
  const DLTensor &tensor = (*output)->dl_tensor;
  EXPECT_EQ(tensor.device.device_type, kDLCUDA);
  EXPECT_EQ(tensor.device.device_id, 0);
  EXPECT_EQ(tensor.ndim, 0);
  EXPECT_EQ(tensor.dtype.code, kDLFloat);
  EXPECT_EQ(tensor.dtype.bits, 32);
  EXPECT_EQ((*state)->dl_tensor.shape[0], 2);
  EXPECT_EQ((*state)->dl_tensor.dtype.bits, 64);
  program.reset();
  EXPECT_EQ(*static_cast<float *>(tensor.data), expected);
  EXPECT_EQ(calls("cuMemFree_v2"), 0);
  (*output)->deleter(*output);
  (*state)->deleter(*state);
  EXPECT_EQ(calls("cuMemFree_v2"), 1);

  auto host = Program::create(tiny::makeSpec(1), tiny::makeKernels());
  auto shared = (*host)->shareState("w");
  ASSERT_TRUE(shared);
  EXPECT_EQ((*shared)->dl_tensor.device.device_type, kDLCPU);
  host->reset();
  EXPECT_EQ(static_cast<float *>((*shared)->dl_tensor.data)[3], 0.5f);
  (*shared)->deleter(*shared);
}

TEST_F(CudaRun, ProfilesEachLaunch) {
  auto program = make();
  step(*program, 1);
  program->setProfiling(true);
  clearTrace();
  for (int64_t i = 2; i <= 4; ++i)
    step(*program, i);
  EXPECT_EQ(calls("cuGraphLaunch"), 0);
  EXPECT_EQ(calls("cuEventCreate"), 6);
  auto times = program->profile("step");
  ASSERT_EQ(times.size(), 3u);
  for (const LaunchTime &time : times) {
    EXPECT_EQ(time.runs, 3);
    EXPECT_FLOAT_EQ(time.seconds, 3 * 0.5e-3);
  }
  program->setProfiling(false);
  float expectedLoss = 0;
  EXPECT_EQ(weights(*program), reference(4, expectedLoss));
}

TEST_F(CudaRun, ReportsALossThatIsNotFinite) {
  auto program = make();
  tiny::Data data;
  RunOptions options;
  options.checkLoss = true;
  options.step = 42;
  EXPECT_FALSE(program->run("step", data.views(), {0.1}, options));
  data.x[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(program->run("step", data.views(), {0.1}, options).message(),
            "the loss is NaN at step 42 (entry 'step'); the whole step has run "
            "on the device, and what it updates of the state is updated");
  EXPECT_TRUE(std::isnan(weights(*program)[5]));
}

TEST_F(CudaRun, RunsOnTheDeviceThatIsAskedFor) {
  ProgramOptions options;
  options.device = 1;
  auto program = make(options);
  step(*program, 1);
  EXPECT_EQ(program->describeDevice(), "cuda device 1 (Stub 1, sm_90)");
  setenv("AUXACT_CUDA_DEVICE", "1", 1);
  auto chosen = make();
  step(*chosen, 1);
  EXPECT_EQ(chosen->describeDevice(), "cuda device 1 (Stub 1, sm_90)");
}
