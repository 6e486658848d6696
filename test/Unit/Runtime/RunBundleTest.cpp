//===- RunBundleTest.cpp - auxact-run-bundle on a device, over a stub -----===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The program itself, as a user runs it, with a stub in place of the driver.
// Its runs on a host are tested by lit.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Bundle.h"

#include "StubDriver.h"
#include "TinyDevice.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace auxact::runtime;
namespace fs = std::filesystem;

namespace {
class RunBundle : public StubDriver {
protected:
  void SetUp() override {
    StubDriver::SetUp();
    directory = fs::temp_directory_path() /
                ("auxact-run-bundle-test-" + std::to_string(getpid()));
    fs::create_directories(directory);
    bundle = (directory / "run.auxact").string();
    auto program = Program::create(tiny::makeDeviceSpec(), tiny::makeImages());
    ASSERT_TRUE(program) << program.message();
    BundleTarget other{
        tiny::makeDeviceSpec("cuda:sm_80"), {}, tiny::makeImages()};
    Error error = saveBundle(bundle, **program, {}, {}, {other});
    ASSERT_FALSE(error) << error.message();
    // Two batches.
    tiny::Data first(1), second(2);
    std::string x(reinterpret_cast<char *>(first.x), sizeof(first.x));
    x.append(reinterpret_cast<char *>(second.x), sizeof(second.x));
    std::string y(reinterpret_cast<char *>(first.y), sizeof(first.y));
    y.append(reinterpret_cast<char *>(second.y), sizeof(second.y));
    write("x.npy", "<f4", "(64, 48)", x);
    write("y.npy", "<i4", "(64,)", y);
  }
  void TearDown() override {
    fs::remove_all(directory);
    StubDriver::TearDown();
  }

  void write(const char *name, const std::string &type,
             const std::string &shape, const std::string &bytes) {
    std::string header = "{'descr': '" + type +
                         "', 'fortran_order': False, 'shape': " + shape +
                         ", }\n";
    std::string start("\x93NUMPY\x01\x00", 8);
    start += static_cast<char>(header.size() % 256);
    start += static_cast<char>(header.size() / 256);
    std::ofstream(directory / name, std::ios::binary)
        << start << header << bytes;
  }

  /// What the program prints, its errors too.
  std::string run(const std::string &arguments, bool succeeds = true) {
    std::string command = std::string(AUXACT_RUN_BUNDLE) + " " + bundle +
                          " --data " + (directory / "x.npy").string() + "," +
                          (directory / "y.npy").string() + " " + arguments +
                          " 2>&1";
    FILE *pipe = popen(command.c_str(), "r");
    std::string output;
    char buffer[4096];
    while (size_t count = fread(buffer, 1, sizeof(buffer), pipe))
      output.append(buffer, count);
    EXPECT_EQ(pclose(pipe) == 0, succeeds) << output;
    return output;
  }

  fs::path directory;
  std::string bundle;
};
} // namespace

TEST_F(RunBundle, TrainsOnTheDevice) {
  std::string saved = (directory / "end.auxact").string();
  std::string output = run("--lr 0.1 --epochs 3 --log-every 5 --save " + saved);
  ProgramSpec spec = tiny::makeDeviceSpec();
  std::string peak = std::to_string(peakBytes(spec, spec.entries["step"]));
  EXPECT_CONTAINS(output, "step 5: loss ");
  EXPECT_CONTAINS(output, "step 6: loss ");
  EXPECT_CONTAINS(output,
                  "target cuda:sm_90a on cuda device 0 (Stub 0, sm_90)");
  EXPECT_CONTAINS(output, "planned " + peak + ", allocated " + peak);
  EXPECT_CONTAINS(output, "over 5 steps after the first");

  // The state that was written is that of a host's six steps.
  auto host = Program::create(tiny::makeSpec(1), tiny::makeKernels());
  for (int64_t i = 0; i < 6; ++i) {
    tiny::Data data(i % 2 + 1);
    ASSERT_FALSE((*host)->run("step", data.views(), {0.1}));
  }
  auto loaded = loadBundle(saved);
  ASSERT_TRUE(loaded) << loaded.message();
  EXPECT_EQ(loaded->others.size(), 1u);
  std::vector<float> w(tiny::columns), expected(tiny::columns);
  ASSERT_FALSE(loaded->program->readState("w", w.data()));
  ASSERT_FALSE((*host)->readState("w", expected.data()));
  EXPECT_EQ(w, expected);
}

TEST_F(RunBundle, ProfilesAndChooses) {
  std::string output =
      run("--steps 3 --profile --device 1 --target cuda:sm_80");
  EXPECT_CONTAINS(output, "target cuda:sm_80 on cuda device 1 (Stub 1, sm_90)");
  EXPECT_CONTAINS(output, "500.00  loss                 tiny_reduce");
}

TEST_F(RunBundle, SaysWhatIsWrong) {
  tell("free=1000");
  EXPECT_CONTAINS(run("", false), "auxact-run-bundle: error: cuda device 0 "
                                  "(Stub 0, sm_90) has too little memory");
  tell("chip=75");
  EXPECT_CONTAINS(run("", false),
                  "has no target for cuda device 0 (Stub 0, sm_75); it has: "
                  "cuda:sm_90a, cuda:sm_80");
  tell("crash=tiny_update");
  EXPECT_CONTAINS(run("", false), "kernel 'tiny_update', function "
                                  "'tiny_update' failed: "
                                  "CUDA_ERROR_LAUNCH_FAILED");
  tell("");
  setenv("AUXACT_CUDA_DRIVER", "/nowhere/libcuda.so.1", 1);
  EXPECT_CONTAINS(run("", false), "cannot open the CUDA driver");
}
