//===- CudaBundleTest.cpp - Bundles for several targets -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Bundle.h"

#include "StubDriver.h"
#include "TinyDevice.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

using namespace auxact::runtime;
namespace fs = std::filesystem;

namespace {
class CudaBundles : public StubDriver {
protected:
  void SetUp() override {
    StubDriver::SetUp();
    directory = fs::temp_directory_path() /
                ("auxact-cuda-bundle-test-" + std::to_string(getpid()));
    fs::create_directories(directory);
    path = directory / "run.auxact";
    std::ifstream stream(AUXACT_TINY_KERNELS, std::ios::binary);
    kernels.assign(std::istreambuf_iterator<char>(stream), {});
  }
  void TearDown() override {
    fs::remove_all(directory);
    StubDriver::TearDown();
  }

  BundleTarget host() { return {tiny::makeSpec(2), {kernels}, {}}; }
  static BundleTarget device(const std::string &target) {
    return {tiny::makeDeviceSpec(target), {}, tiny::makeImages()};
  }

  /// Saves targets, of which the first is trained for a step on a device.
  void save(const std::vector<std::string> &targets, bool withHost) {
    auto program =
        Program::create(tiny::makeDeviceSpec(targets[0]), tiny::makeImages());
    ASSERT_TRUE(program) << program.message();
    train(**program, 1);
    std::vector<BundleTarget> others;
    for (size_t i = 1; i < targets.size(); ++i)
      others.push_back(device(targets[i]));
    if (withHost)
      others.push_back(host());
    Error error = saveBundle(path, **program, {}, {}, others);
    ASSERT_FALSE(error) << error.message();
  }

  static std::vector<float> train(Program &program, int64_t steps) {
    for (int64_t i = 0; i < steps; ++i) {
      tiny::Data data(i + 1);
      Error error = program.run("step", data.views(), {0.1});
      EXPECT_FALSE(error) << error.message();
    }
    std::vector<float> w(tiny::columns);
    EXPECT_FALSE(program.readState("w", w.data()));
    return w;
  }

  /// The target that is loaded, or the error.
  std::string loaded(const std::string &settings, ProgramOptions options = {}) {
    tell(settings);
    auto bundle = loadBundle(path, options);
    return bundle ? bundle->program->getSpec().target : bundle.message();
  }

  fs::path directory, path;
  std::vector<char> kernels;
};
} // namespace

TEST_F(CudaBundles, TakeTheBestTarget) {
  save({"cuda:sm_90a", "cuda:sm_80", "cuda:sm_89"}, true);
  EXPECT_EQ(loaded("chip=90"), "cuda:sm_90a");
  EXPECT_EQ(loaded("chip=89"), "cuda:sm_89");
  EXPECT_EQ(loaded("chip=86"), "cuda:sm_80");
  EXPECT_EQ(loaded("chip=100"), "cuda:sm_89");
  EXPECT_EQ(loaded("chip=75"), "test");
  EXPECT_EQ(loaded("devices=0"), "test");
  EXPECT_EQ(loaded("version=11040"), "test");
  ProgramOptions options;
  options.target = "test";
  EXPECT_EQ(loaded("", options), "test");
  options.target = "cuda:sm_80";
  EXPECT_EQ(loaded("", options), "cuda:sm_80");
  options.target = "cuda:sm_120a";
  EXPECT_EQ(loaded("", options),
            "'" + path.string() +
                "' holds no target 'cuda:sm_120a'; it has: "
                "cuda:sm_90a, cuda:sm_80, cuda:sm_89, test");
  // A device that is asked for is not replaced by the host.
  options.target = "";
  options.device = 7;
  EXPECT_CONTAINS(loaded("", options), "there is no CUDA device 7");
  options.device = 1;
  EXPECT_CONTAINS(loaded("chip=75", options),
                  "has no target for cuda device 1 (Stub 1, sm_75); it has: "
                  "cuda:sm_90a");
}

TEST_F(CudaBundles, ListWhatTheyHaveForAWrongChip) {
  save({"cuda:sm_90a", "cuda:sm_89"}, false);
  EXPECT_EQ(loaded("chip=80"),
            "'" + path.string() +
                "' has no target for cuda device 0 (Stub 0, sm_80); it has: "
                "cuda:sm_90a, cuda:sm_89");
}

TEST_F(CudaBundles, GoOnWithTheSameBitsOnEveryTarget) {
  save({"cuda:sm_90a", "cuda:sm_80"}, true);
  std::vector<std::vector<float>> results;
  for (const char *target : {"cuda:sm_90a", "cuda:sm_80", "test"}) {
    ProgramOptions options;
    options.target = target;
    auto bundle = loadBundle(path, options);
    ASSERT_TRUE(bundle) << bundle.message();
    EXPECT_EQ(bundle->others.size(), 2u);
    results.push_back(train(*bundle->program, 5));
  }
  EXPECT_NE(results[0][3], 0.5f);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

// Trained on the host, saved again, and gone on with on the device.
TEST_F(CudaBundles, KeepAllTargetsWhenSavedAgain) {
  save({"cuda:sm_90a", "cuda:sm_80"}, true);
  ProgramOptions options;
  options.target = "test";
  auto bundle = loadBundle(path, options);
  ASSERT_TRUE(bundle) << bundle.message();
  std::vector<float> w = train(*bundle->program, 2);
  ASSERT_FALSE(saveBundle(path, *bundle->program, bundle->libraries, {},
                          bundle->others));
  auto again = loadBundle(path);
  ASSERT_TRUE(again) << again.message();
  EXPECT_EQ(again->program->getSpec().target, "cuda:sm_90a");
  EXPECT_EQ(train(*again->program, 0), w);
  EXPECT_EQ(train(*again->program, 3), train(*bundle->program, 3));
}

TEST_F(CudaBundles, LoadWithoutADriver) {
  save({"cuda:sm_90a"}, false);
  setenv("AUXACT_CUDA_DRIVER", "/nowhere/libcuda.so.1", 1);
  auto bundle = loadBundle(path);
  ASSERT_TRUE(bundle) << bundle.message();
  EXPECT_NE(train(*bundle->program, 0)[3], 0.5f);
  ASSERT_FALSE(saveBundle(directory / "copy.auxact", *bundle->program, {}));
  tiny::Data data;
  EXPECT_CONTAINS(bundle->program->run("step", data.views(), {0.1}).message(),
                  "cannot open the CUDA driver");
}

TEST_F(CudaBundles, RefuseWhatDoesNotBelongTogether) {
  auto program = Program::create(tiny::makeDeviceSpec(), tiny::makeImages());
  BundleTarget other = host();
  other.spec.state[0].name = "v";
  EXPECT_CONTAINS(saveBundle(path, **program, {}, {}, {other}).message(),
                  "the targets 'cuda:sm_90a' and 'test' cannot be in one "
                  "bundle: only the first has the state 'w', f32[48]");
  EXPECT_CONTAINS(
      saveBundle(path, **program, {}, {}, {device("cuda:sm_90a")}).message(),
      "they are the same");
  EXPECT_CONTAINS(
      saveBundle(path, **program, {}, {}, {host(), host()}).message(),
      "given twice");
  BundleTarget empty = device("cuda:sm_80");
  empty.code.pop_back();
  EXPECT_CONTAINS(saveBundle(path, **program, {}, {}, {empty}).message(),
                  "kernel 'tiny_update' has no image");
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(CudaBundles, DamageIsAnError) {
  save({"cuda:sm_90a"}, false);
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(stream), {});
  auto errorAfter = [&](const std::string &from, const std::string &to) {
    std::string changed = bytes;
    size_t at = changed.rfind(from);
    EXPECT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    std::ofstream(path, std::ios::binary) << changed;
    return loadBundle(path).message();
  };
  EXPECT_CONTAINS(errorAfter("tiny_predict_1", "tiny_predict_2"),
                  "the checksum of 'auxact.code.cuda:sm_90a.tiny_predict.");
}

// What the foundation's build wrote: one target, and no word of devices.
TEST_F(CudaBundles, ReadTheFirstVersion) {
  ProgramSpec spec = tiny::makeSpec(2);
  std::string text = toJson(spec);
  auto replaceAll = [&](const std::string &from, const std::string &to) {
    for (size_t at = text.find(from); at != std::string::npos;
         at = text.find(from))
      text.replace(at, from.size(), to);
  };
  replaceAll(",\n   \"grids\": []", "");
  replaceAll("\"version\": 2", "\"version\": 1");
  ASSERT_EQ(text.find("grids"), std::string::npos);
  uint64_t hash = 14695981039346656037ULL;
  for (char byte : kernels)
    hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  std::vector<float> w(tiny::columns, 0.5f);
  double momentum[2] = {0, 0};
  auto bytes = static_cast<int64_t>(kernels.size());
  ASSERT_FALSE(writeSafetensors(
      path,
      {{"auxact.kernels", "U8", {bytes}, kernels.data(), bytes},
       {"w", "F32", {tiny::columns}, w.data(), 4 * tiny::columns},
       {"w.momentum", "F64", {2}, momentum, 16}},
      {{"auxact.format", "auxact-bundle-1"},
       {"auxact.program", text},
       {"auxact.kernels", std::to_string(hash)}}));
  auto bundle = loadBundle(path);
  ASSERT_TRUE(bundle) << bundle.message();
  auto fresh = Program::create(tiny::makeSpec(2), tiny::makeKernels());
  EXPECT_EQ(train(*bundle->program, 3), train(**fresh, 3));
  // Saved again, it is of the present version.
  ASSERT_FALSE(saveBundle(path, *bundle->program, bundle->libraries));
  EXPECT_TRUE(loadBundle(path));
}
