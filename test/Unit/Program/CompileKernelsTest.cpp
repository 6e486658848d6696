//===- CompileKernelsTest.cpp - Parallel, deduplicated, cached ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/CompileKernels.h"

#include "TemporaryDirectory.h"
#include "auxact/InitAll.h"
#include "auxact/Program/Jit.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <fstream>

using namespace mlir;
using namespace mlir::auxact;

namespace {
/// `y = max(x, constant)` on 5 rows of 37.
std::string makeKernelText(const std::string &name,
                           const std::string &constant) {
  return "func.func private @" + name +
         R"((%x: tensor<5x37xf32>) -> tensor<5x37xf32> attributes {auxact.kernel} {
    %c = arith.constant )" +
         constant + R"( : f32
    %e = tensor.empty() : tensor<5x37xf32>
    %y = linalg.generic {
        indexing_maps = [affine_map<(i, j) -> (i, j)>,
                         affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<5x37xf32>) outs(%e : tensor<5x37xf32>) {
    ^bb0(%a: f32, %o: f32):
      %m = arith.maximumf %a, %c : f32
      linalg.yield %m : f32
    } -> tensor<5x37xf32>
    return %y : tensor<5x37xf32>
  })";
}

class CompileKernels : public testing::Test {
protected:
  void SetUp() override {
    DialectRegistry registry;
    registerAllAuxAct(registry);
    context.appendDialectRegistry(registry);
    options.target = CpuTarget::host();
    options.cacheDirectory = directory / "cache";
    options.threads = 2;
  }

  /// Parses a module and compiles all of its kernels.
  FailureOr<std::vector<CompiledKernel>> compile(const std::string &text) {
    module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
    EXPECT_TRUE(module);
    std::vector<func::FuncOp> kernels;
    for (auto kernel : module->getOps<func::FuncOp>())
      kernels.push_back(kernel);
    report = CompileKernelsReport();
    return compileKernels(kernels, options, &report);
  }

  MLIRContext context;
  TemporaryDirectory directory;
  CompileKernelsOptions options;
  CompileKernelsReport report;
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST_F(CompileKernels, CompilesEachDistinctKernelOnce) {
  std::string text = "module {" + makeKernelText("first", "0.0") +
                     makeKernelText("second", "1.0") +
                     makeKernelText("third", "0.0") + "}";
  auto kernels = compile(text);
  ASSERT_TRUE(succeeded(kernels));
  ASSERT_EQ(kernels->size(), 3u);
  EXPECT_EQ(report.distinct, 2);
  EXPECT_EQ(report.fromCache, 0);
  EXPECT_EQ(report.kernelSeconds.size(), 2u);
  EXPECT_EQ((*kernels)[0].symbol, (*kernels)[2].symbol);
  EXPECT_NE((*kernels)[0].symbol, (*kernels)[1].symbol);
  EXPECT_NE(report.str().find("3 kernels, 2 distinct, 0 from the cache"),
            std::string::npos);

  // From the cache: the same bytes.
  auto cached = compile(text);
  ASSERT_TRUE(succeeded(cached));
  EXPECT_EQ(report.fromCache, 2);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*cached)[i].object, (*kernels)[i].object);
    EXPECT_EQ((*cached)[i].symbol, (*kernels)[i].symbol);
    EXPECT_EQ((*cached)[i].tasks, (*kernels)[i].tasks);
  }

  // A damaged entry is compiled again.
  for (const std::string &file : directory.files())
    if (llvm::StringRef(file).ends_with(".kernel"))
      std::ofstream(file, std::ios::app) << "x";
  auto rebuilt = compile(text);
  ASSERT_TRUE(succeeded(rebuilt));
  EXPECT_EQ(report.fromCache, 0);
  EXPECT_EQ((*rebuilt)[0].object, (*kernels)[0].object);
}

TEST_F(CompileKernels, RunsInThisProcess) {
  auto kernels = compile("module {" + makeKernelText("relu", "0.0") + "}");
  ASSERT_TRUE(succeeded(kernels));
  auto jit = Jit::create();
  ASSERT_TRUE(bool(jit)) << llvm::toString(jit.takeError());
  auto function = (*jit)->link(kernels->front());
  ASSERT_TRUE(bool(function)) << llvm::toString(function.takeError());

  alignas(64) float x[5 * 37], y[5 * 37];
  for (int i = 0; i < 5 * 37; ++i)
    x[i] = static_cast<float>(i % 11 - 5);
  std::vector<char> workspace(kernels->front().workspaceBytes + 64);
  void *aligned = reinterpret_cast<void *>(
      (reinterpret_cast<uintptr_t>(workspace.data()) + 63) / 64 * 64);
  int64_t task = 0;
  void *args[] = {x, y, aligned, &task};
  for (; task < kernels->front().tasks; ++task)
    (*function)(args);
  for (int i = 0; i < 5 * 37; ++i)
    EXPECT_EQ(y[i], std::max(x[i], 0.0f)) << i;
}

TEST_F(CompileKernels, ReportsFailuresAtTheFunction) {
  std::vector<std::string> messages;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    messages.push_back(diagnostic.str());
    return success();
  });
  // A kernel that code generation does not take.
  auto kernels = compile(R"(module {
    func.func private @bad(%x: tensor<?xf32>) -> tensor<?xf32>
        attributes {auxact.kernel} {
      return %x : tensor<?xf32>
    }})");
  EXPECT_TRUE(failed(kernels));
  ASSERT_FALSE(messages.empty());
  EXPECT_NE(messages[0].find("kernel 'bad' cannot be compiled"),
            std::string::npos);
}

TEST_F(CompileKernels, WarnsOnceWithoutACache) {
  std::ofstream(directory / "cache") << "a file in the way";
  std::vector<std::string> warnings;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    warnings.push_back(diagnostic.str());
    return success();
  });
  EXPECT_TRUE(succeeded(compile("module {" + makeKernelText("first", "0.0") +
                                makeKernelText("second", "1.0") + "}")));
  EXPECT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(
      succeeded(compile("module {" + makeKernelText("first", "0.0") + "}")));
  EXPECT_EQ(warnings.size(), 1u);
}
