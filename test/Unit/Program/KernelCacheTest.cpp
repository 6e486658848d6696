//===- KernelCacheTest.cpp - Entries, damage, and bad folders -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/KernelCache.h"

#include "TemporaryDirectory.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include <sys/resource.h>

using namespace mlir::auxact;

namespace {
CompiledKernel makeKernel(size_t bytes = 5000) {
  CompiledKernel kernel;
  kernel.symbol = "auxact_kernel_1";
  kernel.object.resize(bytes);
  for (size_t i = 0; i < bytes; ++i)
    kernel.object[i] = static_cast<char>(i * 7);
  kernel.tasks = 12;
  kernel.workspaceBytes = 4096;
  return kernel;
}

CompiledKernel makeDeviceKernel() {
  CompiledKernel kernel;
  kernel.symbol = "auxact_kernel_2";
  kernel.workspaceBytes = 128;
  kernel.grids = {{"auxact_kernel_2", {3, 4, 5}, {32, 2, 1}, 49152},
                  {"auxact_kernel_2_1", {7, 1, 1}, {256, 1, 1}, 0}};
  kernel.images = {{"ptx", ".version 8.0"}, {"cubin", std::string(9, '\0')}};
  return kernel;
}

void expectEqual(const std::optional<CompiledKernel> &actual,
                 const CompiledKernel &expected) {
  ASSERT_TRUE(actual);
  EXPECT_EQ(actual->symbol, expected.symbol);
  EXPECT_EQ(actual->object, expected.object);
  EXPECT_EQ(actual->tasks, expected.tasks);
  EXPECT_EQ(actual->workspaceBytes, expected.workspaceBytes);
  ASSERT_EQ(actual->grids.size(), expected.grids.size());
  for (size_t i = 0; i < expected.grids.size(); ++i) {
    const ::auxact::runtime::GridSpec &grid = actual->grids[i];
    EXPECT_EQ(grid.function, expected.grids[i].function);
    for (int axis = 0; axis < 3; ++axis) {
      EXPECT_EQ(grid.blocks[axis], expected.grids[i].blocks[axis]);
      EXPECT_EQ(grid.threads[axis], expected.grids[i].threads[axis]);
    }
    EXPECT_EQ(grid.sharedBytes, expected.grids[i].sharedBytes);
  }
  ASSERT_EQ(actual->images.size(), expected.images.size());
  for (size_t i = 0; i < expected.images.size(); ++i) {
    EXPECT_EQ(actual->images[i].format, expected.images[i].format);
    EXPECT_EQ(actual->images[i].bytes, expected.images[i].bytes);
  }
}
} // namespace

TEST(KernelCache, ReturnsWhatWasStored) {
  TemporaryDirectory directory;
  KernelCache cache(directory / "not"
                                "/yet/there");
  EXPECT_FALSE(cache.lookup("a"));
  cache.store("a", makeKernel());
  expectEqual(cache.lookup("a"), makeKernel());
  EXPECT_FALSE(cache.lookup("b"));
  // Another process would see the same.
  expectEqual(KernelCache(cache.getDirectory()).lookup("a"), makeKernel());
  EXPECT_EQ(cache.takeWarning(), "");
}

TEST(KernelCache, KeepsGridsAndImages) {
  TemporaryDirectory directory;
  KernelCache cache(directory.str());
  cache.store("a", makeDeviceKernel());
  expectEqual(cache.lookup("a"), makeDeviceKernel());
}

TEST(KernelCache, KeysDependOnTheGpu) {
  GpuTarget target{"sm_90a", "", {"ptx"}};
  std::set<std::string> keys = {kernelKey("text", target)};
  GpuTarget other = target;
  other.chip = "sm_80";
  keys.insert(kernelKey("text", other));
  other = target;
  other.images = {"nvvm"};
  keys.insert(kernelKey("text", other));
  // A toolkit is known by its files.
  TemporaryDirectory toolkit;
  llvm::cantFail(llvm::errorCodeToError(
      llvm::sys::fs::create_directories(toolkit / "bin")));
  std::ofstream(toolkit / "bin/ptxas") << "first";
  llvm::sys::fs::setPermissions(toolkit / "bin/ptxas", llvm::sys::fs::all_all);
  other = target;
  other.toolkit = toolkit.str();
  keys.insert(kernelKey("text", other));
  std::ofstream(toolkit / "bin/ptxas") << "the second";
  keys.insert(kernelKey("text", other));
  keys.insert(kernelKey("text", CpuTarget::host()));
  EXPECT_EQ(keys.size(), 6u);
}

TEST(KernelCache, KeysDependOnTextAndTarget) {
  CpuTarget avx2{"triple", "cpu", "features", 256};
  CpuTarget avx512 = avx2;
  avx512.vectorBits = 512;
  EXPECT_EQ(kernelKey("text", avx2), kernelKey("text", avx2));
  EXPECT_NE(kernelKey("text", avx2), kernelKey("test", avx2));
  EXPECT_NE(kernelKey("text", avx2), kernelKey("text", avx512));
  EXPECT_EQ(kernelKey("text", avx2).size(), 64u);
}

TEST(KernelCache, RebuildsDamagedEntries) {
  TemporaryDirectory directory;
  KernelCache cache(directory.str());
  cache.store("a", makeKernel());
  std::vector<std::string> files = directory.files();
  ASSERT_EQ(files.size(), 1u);
  std::string whole;
  {
    std::ifstream stream(files[0], std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(stream), {});
  }
  auto write = [&](const std::string &bytes) {
    std::ofstream(files[0], std::ios::binary) << bytes;
  };
  for (size_t position : {size_t(0), size_t(20), size_t(60), size_t(70),
                          whole.size() / 2, whole.size() - 1}) {
    std::string damaged = whole;
    damaged[position] ^= 4;
    write(damaged);
    EXPECT_FALSE(cache.lookup("a")) << "byte " << position;
    cache.store("a", makeKernel());
    expectEqual(cache.lookup("a"), makeKernel());
  }
  for (size_t bytes : {size_t(0), size_t(10), size_t(50), whole.size() - 1}) {
    write(whole.substr(0, bytes));
    EXPECT_FALSE(cache.lookup("a")) << bytes << " bytes";
  }
  // An entry under the wrong name is no entry.
  write(whole);
  llvm::sys::fs::rename(files[0], directory / "b.kernel");
  EXPECT_FALSE(cache.lookup("b"));
}

TEST(KernelCache, WarnsOnceAboutAFolderThatCannotBe) {
  TemporaryDirectory directory;
  // A file is in the way: even root cannot write there.
  std::ofstream(directory / "file") << "x";
  KernelCache cache(directory / "file");
  cache.store("a", makeKernel());
  cache.store("b", makeKernel());
  std::string warning = cache.takeWarning();
  EXPECT_NE(warning.find("cannot store compiled kernels in"),
            std::string::npos);
  EXPECT_NE(warning.find("going on without"), std::string::npos);
  EXPECT_EQ(cache.takeWarning(), "");
  EXPECT_FALSE(cache.lookup("a"));

  KernelCache again(directory / "file");
  again.store("a", makeKernel());
  EXPECT_EQ(again.takeWarning(), "") << "one warning a process";
}

TEST(KernelCache, GoesOnWhenTheDiskIsFull) {
  TemporaryDirectory directory;
  KernelCache cache(directory.str());
  auto oldHandler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old, limit;
  getrlimit(RLIMIT_FSIZE, &old);
  limit = old;
  limit.rlim_cur = 1000;
  setrlimit(RLIMIT_FSIZE, &limit);
  cache.store("a", makeKernel());
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, oldHandler);
  EXPECT_NE(cache.takeWarning(), "");
  EXPECT_FALSE(cache.lookup("a"));
  EXPECT_TRUE(directory.files().empty()) << "nothing is left behind";
}

TEST(KernelCache, TakesConcurrentWritersAndReaders) {
  TemporaryDirectory directory;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      // As a process of its own would: another cache on the same folder.
      KernelCache cache(directory.str());
      for (int i = 0; i < 40; ++i) {
        std::string key = "key" + std::to_string((i + t) % 5);
        CompiledKernel kernel = makeKernel(100000);
        if (auto found = cache.lookup(key))
          wrong += found->object != kernel.object;
        cache.store(key, kernel);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(directory.files().size(), 5u);
}

TEST(KernelCache, FindsItsFolder) {
  const char *names[] = {"AUXACT_CACHE_DIR", "XDG_CACHE_HOME", "HOME"};
  std::vector<std::pair<const char *, std::optional<std::string>>> saved;
  for (const char *name : names) {
    const char *value = std::getenv(name);
    saved.emplace_back(name, value ? std::optional<std::string>(value)
                                   : std::nullopt);
    unsetenv(name);
  }
  EXPECT_FALSE(KernelCache("").isEnabled());
  setenv("HOME", "/home/someone", 1);
  EXPECT_EQ(KernelCache("").getDirectory(), "/home/someone/.cache/auxact");
  setenv("XDG_CACHE_HOME", "/xdg", 1);
  EXPECT_EQ(KernelCache("").getDirectory(), "/xdg/auxact");
  setenv("AUXACT_CACHE_DIR", "/own", 1);
  EXPECT_EQ(KernelCache("").getDirectory(), "/own");
  EXPECT_EQ(KernelCache("/option").getDirectory(), "/option");
  EXPECT_FALSE(KernelCache("none").isEnabled());
  setenv("AUXACT_CACHE_DIR", "", 1);
  EXPECT_FALSE(KernelCache("").isEnabled());
  for (const auto &[name, value] : saved)
    value ? setenv(name, value->c_str(), 1) : unsetenv(name);
}
