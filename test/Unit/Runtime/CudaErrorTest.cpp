//===- CudaErrorTest.cpp - What a device's failures say -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Program.h"

#include "StubDriver.h"
#include "TinyDevice.h"

using namespace auxact::runtime;

namespace {
class CudaErrors : public StubDriver {
protected:
  /// The error of a first run under some settings of the stub.
  std::string firstError(const std::string &settings,
                         const std::string &target = "cuda:sm_90a",
                         std::vector<KernelCode> code = tiny::makeImages(),
                         ProgramOptions options = {}) {
    tell(settings);
    auto program =
        Program::create(tiny::makeDeviceSpec(target), std::move(code), options);
    EXPECT_TRUE(program) << program.message();
    if (!program)
      return "";
    tiny::Data data;
    Error error = (*program)->run("step", data.views(), {0.1});
    EXPECT_TRUE(error);
    // Whatever was missing, the state is there.
    std::vector<float> w(tiny::columns);
    if (calls("cuLaunchKernel") == 0) {
      EXPECT_FALSE((*program)->readState("w", w.data()));
      EXPECT_EQ(w[7], 0.5f);
    }
    return error.message();
  }
};
} // namespace

TEST_F(CudaErrors, NoDriver) {
  setenv("AUXACT_CUDA_DRIVER", "/nowhere/libcuda.so.1", 1);
  std::string message = firstError("");
  EXPECT_CONTAINS(message, "cannot open the CUDA driver "
                           "'/nowhere/libcuda.so.1': ");
  EXPECT_CONTAINS(message, "it was named by AUXACT_CUDA_DRIVER");
}

TEST_F(CudaErrors, OldDriver) {
  EXPECT_CONTAINS(firstError("version=11040"),
                  "is too old: it is for CUDA 11.4; CUDA 12.0 or newer is "
                  "needed: update NVIDIA's driver");
  setenv("AUXACT_CUDA_DRIVER", AUXACT_STUB_CUDA_OLD, 1);
  EXPECT_CONTAINS(firstError(""),
                  "is too old: it has no function 'cuGraphLaunch'");
}

TEST_F(CudaErrors, DriverThatDoesNotStart) {
  EXPECT_CONTAINS(firstError("init=100"),
                  "there is no CUDA device: the driver '");
  EXPECT_CONTAINS(firstError("init=100"), "CUDA_ERROR_NO_DEVICE");
  EXPECT_CONTAINS(firstError("init=803"), "does not fit the kernel's module: "
                                          "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH");
  EXPECT_CONTAINS(firstError("init=12345"), "does not start: CUDA error 12345");
}

TEST_F(CudaErrors, Devices) {
  EXPECT_CONTAINS(firstError("devices=0"), "it sees none; is one visible");
  ProgramOptions options;
  options.device = 2;
  EXPECT_EQ(firstError("", "cuda:sm_90a", tiny::makeImages(), options),
            "there is no CUDA device 2: there are 2, of indices 0 to 1");
  EXPECT_EQ(firstError("devices=1", "cuda:sm_90a", tiny::makeImages(), options),
            "there is no CUDA device 2: there is one, of index 0");
  setenv("AUXACT_CUDA_DEVICE", "first", 1);
  EXPECT_CONTAINS(firstError(""), "AUXACT_CUDA_DEVICE: expected the index of a "
                                  "device, got 'first'");
}

TEST_F(CudaErrors, WrongChip) {
  EXPECT_EQ(firstError("chip=75"),
            "the program was compiled for 'cuda:sm_90a', which cuda device 0 "
            "(Stub 0, sm_75) cannot run: such code runs on chips of that very "
            "number only; chips before sm_80 are not supported");
  EXPECT_CONTAINS(firstError("chip=100"), "compile for the target cuda:sm_89");
  EXPECT_CONTAINS(firstError("chip=80", "cuda:sm_89"),
                  "the chip is older; compile for the target "
                  "cuda:sm_80");
  EXPECT_CONTAINS(firstError("", "cuda:ninety"), "names no chip");
  // Only the very chip takes a cubin.
  EXPECT_CONTAINS(firstError("", "cuda:sm_80", tiny::makeImages({"cubin"})),
                  "kernel 'tiny_predict' cannot be loaded: no image for "
                  "'cuda:sm_80' fits this chip; there are: cubin");
}

TEST_F(CudaErrors, TooLittleMemory) {
  ProgramSpec spec = tiny::makeDeviceSpec();
  int64_t peak = peakBytes(spec, spec.entries["step"]);
  std::string message = firstError("free=" + std::to_string(peak - 1));
  EXPECT_CONTAINS(message,
                  "cuda device 0 (Stub 0, sm_90) has too little memory: entry "
                  "'step' (state 2048, arena ");
  EXPECT_CONTAINS(message, "needs " + std::to_string(peak) + " bytes, " +
                               std::to_string(peak - 1) +
                               " of 1073741824 are free; nothing has run");
  EXPECT_EQ(calls("cuMemAlloc_v2"), 0);
  EXPECT_EQ(calls("cuLaunchKernel"), 0);
  message = firstError("fail=cuMemAlloc_v2:2");
  EXPECT_CONTAINS(message, "cannot allocate " + std::to_string(peak));
  EXPECT_CONTAINS(message, "CUDA_ERROR_OUT_OF_MEMORY (a stub's failure)");
  EXPECT_CONTAINS(firstError("fail=cuMemHostAlloc:2"), "cannot pin ");
}

TEST_F(CudaErrors, Images) {
  EXPECT_EQ(firstError("", "cuda:sm_90a", tiny::makeImages({"ptx"}, "refused")),
            "cuda device 0 (Stub 0, sm_90): kernel 'tiny_predict' cannot be "
            "loaded: ptx: CUDA_ERROR_INVALID_IMAGE (a stub's failure), line 7: "
            "no such thing");
  std::vector<KernelCode> code = tiny::makeImages();
  code[0] = code[1];
  EXPECT_CONTAINS(firstError("", "cuda:sm_90a", code),
                  "function 'tiny_predict' is not in its image: "
                  "CUDA_ERROR_NOT_FOUND");
  auto program =
      Program::create(tiny::makeDeviceSpec(), std::vector<KernelCode>(3));
  EXPECT_EQ(program.message(), "kernel 'tiny_predict' has no image for the "
                               "target 'cuda:sm_90a'");
}

// The driver gets the first image that fits; what it refuses is passed over.
TEST_F(CudaErrors, ChoosesImages) {
  auto loaded = [&](const std::string &target, std::vector<KernelCode> code) {
    clearTrace();
    auto program =
        Program::create(tiny::makeDeviceSpec(target), std::move(code));
    tiny::Data data;
    Error error = (*program)->run("step", data.views(), {0.1});
    EXPECT_FALSE(error) << error.message();
    return std::to_string(calls("cuModuleLoadDataEx cubin")) + " " +
           std::to_string(calls("cuModuleLoadDataEx ptx"));
  };
  EXPECT_EQ(loaded("cuda:sm_90a", tiny::makeImages()), "3 0");
  EXPECT_EQ(loaded("cuda:sm_80", tiny::makeImages()), "0 3");
  auto mixed = tiny::makeImages();
  std::vector<KernelImage> images = *mixed[1].images;
  images[0].bytes += " refused";
  mixed[1] = images;
  EXPECT_EQ(loaded("cuda:sm_90a", mixed), "3 1");
  // Only the executor of the tests takes what comes last.
  clearTrace();
  EXPECT_CONTAINS(
      firstError("", "cuda:sm_90a",
                 tiny::makeImages({"ptx", "nvvm"}, "refused")),
      "ptx: CUDA_ERROR_INVALID_IMAGE (a stub's failure), line 7: no "
      "such thing; nvvm: CUDA_ERROR_INVALID_IMAGE");
  EXPECT_EQ(calls("cuModuleLoadDataEx nvvmrefused"), 1);
}

TEST_F(CudaErrors, LaunchesNameKernelAndLayer) {
  std::string message = firstError("crash=tiny_predict_1");
  EXPECT_EQ(message, "cuda device 0 (Stub 0, sm_90): entry 'step', launch 0 of "
                     "layer '0', kernel 'tiny_predict', function "
                     "'tiny_predict_1' failed: CUDA_ERROR_LAUNCH_FAILED (a "
                     "stub's failure)");
  clearTrace();
  EXPECT_CONTAINS(firstError("fail=cuLaunchKernel:701"),
                  "function 'tiny_predict' failed: CUDA error 701");
}

// In a graph the kernel has no name, but the failure is not lost.
TEST_F(CudaErrors, FailuresOfLaterStepsStick) {
  auto program = Program::create(tiny::makeDeviceSpec(), tiny::makeImages());
  tiny::Data data;
  for (int64_t i = 0; i < 3; ++i)
    ASSERT_FALSE((*program)->run("step", data.views(), {0.1}));
  tell("crash=tiny_update");
  float loss = 0;
  std::string message = (*program)->readOutput("step", 0, &loss).message();
  EXPECT_CONTAINS(message, "AUXACT_CUDA_BLOCKING=1");
  EXPECT_CONTAINS(message, "CUDA_ERROR_LAUNCH_FAILED");
  EXPECT_EQ((*program)->outputData("step", 0), nullptr);
  std::string again = (*program)->run("step", data.views(), {0.1}).message();
  EXPECT_CONTAINS(again, "the program cannot run on: ");
  EXPECT_CONTAINS(again, "CUDA_ERROR_LAUNCH_FAILED");
  std::vector<float> w(tiny::columns);
  EXPECT_TRUE((*program)->readState("w", w.data()));

  clearTrace();
  tell("");
  setenv("AUXACT_CUDA_BLOCKING", "1", 1);
  auto blocking = Program::create(tiny::makeDeviceSpec(), tiny::makeImages());
  ASSERT_FALSE((*blocking)->run("step", data.views(), {0.1}));
  tell("crash=tiny_update");
  EXPECT_CONTAINS((*blocking)->run("step", data.views(), {0.1}).message(),
                  "function 'tiny_update' failed");
  unsetenv("AUXACT_CUDA_BLOCKING");
}

// Whatever call fails says so in words, and nothing leaks.
TEST_F(CudaErrors, EveryCallIsChecked) {
  for (const char *name :
       {"cuDeviceGetCount",     "cuDeviceGet",
        "cuDeviceGetName",      "cuDevicePrimaryCtxRetain",
        "cuMemGetInfo_v2",      "cuMemAlloc_v2",
        "cuMemHostAlloc",       "cuMemcpyHtoDAsync_v2",
        "cuMemcpyDtoDAsync_v2", "cuMemsetD8Async",
        "cuModuleLoadDataEx",   "cuModuleGetFunction",
        "cuFuncSetAttribute",   "cuLaunchKernel",
        "cuStreamCreate",       "cuStreamSynchronize",
        "cuStreamWaitEvent",    "cuStreamBeginCapture_v2",
        "cuStreamEndCapture",   "cuGraphInstantiateWithFlags",
        "cuGraphLaunch",        "cuEventCreate",
        "cuEventRecord",        "cuEventSynchronize"}) {
    clearTrace();
    tell(std::string("fail=") + name + ":999");
    auto program = Program::create(tiny::makeDeviceSpec(), tiny::makeImages());
    tiny::Data data;
    std::string message;
    for (int64_t i = 0; i < 4 && message.empty(); ++i)
      message = (*program)->run("step", data.views(), {0.1}).message();
    EXPECT_CONTAINS(message, "CUDA error 999");
    program->reset();
    tell("");
    EXPECT_EQ(find<int()>("auxactStubLive")(), 0) << name;
  }
}

TEST_F(CudaErrors, Descriptions) {
  auto problem = [](auto change) {
    ProgramSpec spec = tiny::makeDeviceSpec();
    change(spec, spec.kernels[0].grids[0]);
    Error error = checkProgram(spec);
    EXPECT_TRUE(error);
    return error.message();
  };
  EXPECT_FALSE(checkProgram(tiny::makeDeviceSpec()));
  EXPECT_EQ(problem([](auto &, auto &grid) { grid.blocks[1] = 0; }),
            "kernel 'tiny_predict', blocks: expected 1 to 65535, got 0");
  EXPECT_EQ(problem([](auto &, auto &grid) { grid.threads[2] = 65; }),
            "kernel 'tiny_predict', threads: expected 1 to 64, got 65");
  EXPECT_EQ(problem([](auto &, auto &grid) { grid.threads[1] = 64; }),
            "kernel 'tiny_predict', threads of a block: expected 1 to 1024, "
            "got 2048");
  EXPECT_CONTAINS(problem([](auto &, auto &grid) { grid.sharedBytes = -1; }),
                  "shared_bytes: expected 0 to ");
  EXPECT_CONTAINS(problem([](auto &, auto &grid) { grid.function = ""; }),
                  "a grid without a function");
  EXPECT_CONTAINS(
      problem([](auto &spec, auto &) { spec.kernels[1].grids.clear(); }),
      "kernel 'tiny_reduce': has no grids");
  EXPECT_CONTAINS(problem([](auto &spec, auto &) { spec.target = "cpu"; }),
                  "has grids, but the target 'cpu' is no device");
  EXPECT_CONTAINS(
      problem([](auto &spec, auto &) { spec.state[1].offset = 192; }),
      "not a multiple of 1024");
  EXPECT_CONTAINS(problem([](auto &spec, auto &) {
                    spec.entries["step"].inputs[0].stagingOffset = -1;
                  }),
                  "has no room in the arena");
  std::string text = toJson(tiny::makeDeviceSpec());
  auto again = programFromJson(text);
  ASSERT_TRUE(again) << again.message();
  EXPECT_EQ(toJson(*again), text);
  EXPECT_EQ(again->kernels[0].grids[1].sharedBytes, 100000);
  EXPECT_EQ(again->kernels[0].grids[1].function, "tiny_predict_1");
}
