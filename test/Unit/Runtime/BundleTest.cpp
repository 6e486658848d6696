//===- BundleTest.cpp - Saving, loading, and damaged files ----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The kernels come from TinyKernels.cpp, built as a shared library of its own:
// what `ld.lld` makes of compiled kernels, made by the system's linker.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Bundle.h"

#include "TinyProgram.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/resource.h>
#include <unistd.h>

using namespace auxact::runtime;
namespace fs = std::filesystem;

namespace {
std::vector<char> readFile(const fs::path &path) {
  std::ifstream stream(path, std::ios::binary);
  return std::vector<char>(std::istreambuf_iterator<char>(stream), {});
}

void writeFile(const fs::path &path, const std::vector<char> &bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(bytes.data(), bytes.size());
}

class Bundles : public testing::Test {
protected:
  void SetUp() override {
    directory = fs::temp_directory_path() /
                ("auxact-bundle-test-" + std::to_string(getpid()));
    fs::create_directories(directory);
    path = directory / "run.auxact";
    kernels = readFile(AUXACT_TINY_KERNELS);
    ASSERT_FALSE(kernels.empty()) << AUXACT_TINY_KERNELS;
    auto created = Program::create(tiny::makeSpec(2), tiny::makeKernels());
    ASSERT_TRUE(created) << created.message();
    program = std::move(*created);
  }
  void TearDown() override { fs::remove_all(directory); }

  void save() {
    Error error = saveBundle(path, *program, {kernels});
    ASSERT_FALSE(error) << error.message();
  }

  /// The error of loading the saved file after a change of its bytes.
  template <typename Change>
  std::string errorAfter(Change change) {
    save();
    std::vector<char> bytes = readFile(path);
    change(bytes);
    writeFile(path, bytes);
    auto bundle = loadBundle(path);
    EXPECT_FALSE(bundle);
    return bundle ? "" : bundle.message();
  }

  /// Replaces text in the header by text of the same length.
  std::string errorAfterReplacing(const std::string &from,
                                  const std::string &to) {
    EXPECT_EQ(from.size(), to.size());
    return errorAfter([&](std::vector<char> &bytes) {
      auto position =
          std::search(bytes.begin(), bytes.end(), from.begin(), from.end());
      ASSERT_NE(position, bytes.end()) << from;
      std::copy(to.begin(), to.end(), position);
    });
  }

  static std::vector<float> train(Program &program, int64_t steps) {
    std::vector<float> losses;
    for (int64_t i = 0; i < steps; ++i) {
      tiny::Data data(i + 1);
      Error error = program.run("step", data.views(), {0.1});
      EXPECT_FALSE(error) << error.message();
      losses.push_back(
          *static_cast<const float *>(program.outputData("step", 0)));
    }
    return losses;
  }

  fs::path directory, path;
  std::vector<char> kernels;
  std::unique_ptr<Program> program;
};

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}
} // namespace

TEST_F(Bundles, ResumeToTheSameBits) {
  train(*program, 3);
  std::vector<int64_t> random = {1, 2, 3};
  Error error = saveBundle(path, *program, {kernels},
                           {{"auxact.random", "I64", {3}, random.data(), 24}});
  ASSERT_FALSE(error) << error.message();
  for (int64_t threads : {0, 1, 4}) {
    auto bundle = loadBundle(path, {threads});
    ASSERT_TRUE(bundle) << bundle.message();
    EXPECT_EQ(bundle->libraries, KernelLibraries{kernels});
    EXPECT_EQ(bundle->program->getSpec().extra.at("model"), "module {}");
    std::vector<char> &state = bundle->extraArrays.at("auxact.random");
    ASSERT_EQ(state.size(), 24u);
    EXPECT_EQ(std::memcmp(state.data(), random.data(), 24), 0);
    EXPECT_EQ(bundle->extraArrays.size(), 1u);

    // The reference starts again from the saved state.
    auto fresh = Program::create(tiny::makeSpec(1), tiny::makeKernels());
    train(**fresh, 3);
    EXPECT_EQ(train(*bundle->program, 5), train(**fresh, 5));
    std::vector<float> w(tiny::columns), expected(tiny::columns);
    ASSERT_FALSE(bundle->program->readState("w", w.data()));
    ASSERT_FALSE((*fresh)->readState("w", expected.data()));
    EXPECT_EQ(w, expected);
    EXPECT_EQ(bundle->program->allocatedBytes(),
              peakBytes(bundle->program->getSpec(),
                        *bundle->program->findEntry("step")));
  }
}

TEST_F(Bundles, TwoAreIndependent) {
  save();
  auto first = loadBundle(path);
  auto second = loadBundle(path);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(train(*first->program, 2), train(*second->program, 2));
  EXPECT_NE(first->code[0]->lookup("tiny_predict"),
            second->code[0]->lookup("tiny_predict"));
}

// What was compiled after loading is a library of its own.
TEST_F(Bundles, HoldSeveralLibraries) {
  std::vector<char> other = readFile(AUXACT_OTHER_KERNELS);
  ASSERT_FALSE(saveBundle(path, *program, {other, kernels}));
  auto bundle = loadBundle(path);
  ASSERT_TRUE(bundle) << bundle.message();
  EXPECT_EQ(bundle->libraries, (KernelLibraries{other, kernels}));
  EXPECT_TRUE(bundle->extraArrays.empty());
  EXPECT_EQ(train(*bundle->program, 2), train(*program, 2));
  ASSERT_FALSE(saveBundle(path, *program, {other}));
  EXPECT_TRUE(contains(loadBundle(path).message(), "lacks the kernel"));
}

TEST_F(Bundles, TruncatedFilesAreErrors) {
  save();
  std::vector<char> whole = readFile(path);
  for (size_t bytes : {size_t(0), size_t(5), size_t(8), size_t(9), size_t(500),
                       whole.size() / 2, whole.size() - 1}) {
    writeFile(path, std::vector<char>(whole.begin(), whole.begin() + bytes));
    auto bundle = loadBundle(path);
    ASSERT_FALSE(bundle) << bytes;
    EXPECT_TRUE(contains(bundle.message(), "truncated") ||
                contains(bundle.message(), "has only"))
        << bundle.message();
  }
}

TEST_F(Bundles, ForeignFilesAreErrors) {
  std::string text = "This is a letter to a friend, and no bundle at all.";
  writeFile(path, std::vector<char>(text.begin(), text.end()));
  EXPECT_TRUE(
      contains(loadBundle(path).message(), "is not a safetensors file"));
  float value = 1;
  ASSERT_FALSE(writeSafetensors(path, {{"w", "F32", {1}, &value, 4}}, {}));
  EXPECT_TRUE(contains(loadBundle(path).message(),
                       "is a safetensors file, but not a bundle of auxact"));
  EXPECT_TRUE(contains(loadBundle(directory / "absent").message(),
                       "No such file or directory"));
  EXPECT_TRUE(contains(loadBundle(directory).message(), "not a regular file"));
}

TEST_F(Bundles, FutureVersionsAreErrors) {
  EXPECT_TRUE(contains(
      errorAfterReplacing("auxact-bundle-2", "auxact-bundle-3"),
      "was written by a newer auxact: bundle version 3, this build reads up "
      "to 2"));
  EXPECT_TRUE(
      contains(errorAfterReplacing("\\\"version\\\": 2", "\\\"version\\\": 7"),
               "program version 7, this build reads up to 2"));
  EXPECT_TRUE(
      contains(errorAfterReplacing("auxact-bundle-2", "auxact-bundle-x"),
               "unknown bundle format"));
}

TEST_F(Bundles, DamageIsAnError) {
  EXPECT_TRUE(contains(errorAfterReplacing("\"F32\"", "\"F33\""),
                       "unknown dtype 'F33'"));
  EXPECT_TRUE(contains(errorAfterReplacing("\"F64\"", "\"I64\""),
                       "'w.momentum' does not fit"));
  EXPECT_TRUE(contains(errorAfterReplacing("tiny_reduce", "tiny_rebuke"),
                       "lacks the kernel 'tiny_rebuke'"));
  EXPECT_TRUE(
      contains(errorAfterReplacing("{\"__metadata__\"", "{\"__metadata__~"),
               "not a JSON object"));
  EXPECT_TRUE(
      contains(errorAfter([](std::vector<char> &bytes) { bytes.push_back(0); }),
               "its arrays end at"));
  // The kernels are the last array: U8 has the smallest elements.
  EXPECT_TRUE(contains(errorAfter([](std::vector<char> &bytes) {
                         bytes[bytes.size() - 100] ^= 1;
                       }),
                       "checksum"));
}

TEST_F(Bundles, ForeignProcessorsAreErrors) {
  EXPECT_EQ(missingCpuFeatures(""), "");
  EXPECT_EQ(missingCpuFeatures("+sse4.1,-avx512f,+some-tuning"), "");
}

TEST_F(Bundles, FailedWritesKeepTheOldFile) {
  save();
  std::vector<char> before = readFile(path);
  train(*program, 2);

  // A limit on file sizes stands for a full disk.
  auto oldHandler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old, limit;
  getrlimit(RLIMIT_FSIZE, &old);
  limit = old;
  limit.rlim_cur = 4096;
  setrlimit(RLIMIT_FSIZE, &limit);
  Error error = saveBundle(path, *program, {kernels});
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, oldHandler);
  ASSERT_TRUE(error);
  EXPECT_TRUE(contains(error.message(), "File too large")) << error.message();
  EXPECT_EQ(readFile(path), before);
  // Nothing is left behind.
  EXPECT_EQ(std::distance(fs::directory_iterator(directory), {}), 1);

  error = saveBundle(directory / "absent" / "run.auxact", *program, {kernels});
  EXPECT_TRUE(contains(error.message(), "No such file or directory"));
  EXPECT_TRUE(saveBundle(directory, *program, {kernels}));
}

TEST_F(Bundles, SavingReplacesWhatALinkPointsTo) {
  save();
  fs::path link = directory / "link.auxact";
  fs::create_symlink(path, link);
  train(*program, 1);
  std::vector<char> before = readFile(path);
  ASSERT_FALSE(saveBundle(link, *program, {kernels}));
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_NE(readFile(path), before);
}
