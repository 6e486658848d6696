//===- CompileTargetTest.cpp - Targets by name ----------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/CompileTarget.h"
#include "auxact/Program/Session.h"
#include "auxact/Runtime/Bundle.h"

#include <gtest/gtest.h>

using namespace mlir::auxact;

static std::string errorOf(llvm::StringRef name,
                           llvm::ArrayRef<std::string> images = {}) {
  auto target = CompileTarget::named(name, "", images);
  return target ? std::string() : llvm::toString(target.takeError());
}

TEST(CompileTarget, KnowsCpus) {
  for (const char *name : {"", "cpu", "host", "avx2", "avx512", "znver4"}) {
    auto target = CompileTarget::named(name);
    ASSERT_TRUE(bool(target)) << llvm::toString(target.takeError());
    EXPECT_FALSE(target->isDevice()) << name;
    EXPECT_EQ(target->getAlignment(), 64);
    EXPECT_EQ(target->limitThreads(5), 5);
  }
}

TEST(CompileTarget, KnowsGpus) {
  for (const char *name : {"cuda:sm_80", "cuda:sm_89", "cuda:sm_90a"}) {
    auto target = CompileTarget::named(name, "/opt/cuda");
    ASSERT_TRUE(bool(target)) << llvm::toString(target.takeError());
    ASSERT_TRUE(target->isDevice()) << name;
    EXPECT_EQ(target->getName(), name);
    EXPECT_EQ(target->getGpu()->toolkit, "/opt/cuda");
    EXPECT_EQ(target->getGpu()->images, GpuTarget().images);
    EXPECT_EQ(target->getAlignment(), 1024);
    EXPECT_EQ(target->limitThreads(5), 1);
    EXPECT_EQ(target->getFeatures(), "");
  }
  auto target = CompileTarget::named("cuda:sm_80", "", {"nvvm"});
  ASSERT_TRUE(bool(target)) << llvm::toString(target.takeError());
  EXPECT_EQ(target->getGpu()->images, std::vector<std::string>{"nvvm"});
}

TEST(CompileTarget, SaysWhatItExpects) {
  for (const char *name : {"cuda:sm_70", "cuda:", "cuda"}) {
    std::string error = errorOf(name);
    EXPECT_EQ(error, "unknown GPU target '" + std::string(name) +
                         "'; expected cuda:sm_80, cuda:sm_89 or cuda:sm_90a");
  }
  EXPECT_NE(errorOf("pentium").find("a CPU's name that LLVM knows, or a GPU: "
                                    "cuda:sm_80, cuda:sm_89 or cuda:sm_90a"),
            std::string::npos);
  EXPECT_EQ(errorOf("cuda:sm_80", {"ptx", "elf"}),
            "target: unknown image 'elf'; expected cubin, ptx or nvvm");
}

TEST(CompileTarget, NamesTheFeaturesOfACpu) {
  std::string features = CompileTarget(CpuTarget::host()).getFeatures();
  EXPECT_EQ(::auxact::runtime::missingCpuFeatures(features), "");
  auto wide = CompileTarget::named("avx512");
  ASSERT_TRUE(bool(wide)) << llvm::toString(wide.takeError());
  EXPECT_NE(wide->getFeatures().find("+avx512f"), std::string::npos);
}

TEST(SessionOptions, KeepsWhatIsSaidOfAGpu) {
  SessionOptions options;
  options.target = "cuda:sm_89";
  options.toolkit = "/opt/cuda";
  options.images = {"ptx", "nvvm"};
  SessionOptions read =
      llvm::cantFail(SessionOptions::fromJson(options.toJson()));
  EXPECT_EQ(read.target, options.target);
  EXPECT_EQ(read.toolkit, options.toolkit);
  EXPECT_EQ(read.images, options.images);
  for (const char *wrong : {R"({"images": "ptx"})", R"({"images": [1]})"}) {
    auto failed = SessionOptions::fromJson(wrong);
    ASSERT_FALSE(bool(failed));
    EXPECT_EQ(llvm::toString(failed.takeError()),
              "option 'images': expected a list of strings");
  }
}
