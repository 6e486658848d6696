//===- JitAndLinkerTest.cpp - One object, in process and in a library -----===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/Jit.h"
#include "auxact/Program/Linker.h"
#include "auxact/Runtime/SharedObject.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace mlir::auxact;

namespace {
/// A kernel that writes sinf(x) + constant, as an object file.
CompiledKernel makeKernel(const std::string &symbol, int constant) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  std::string text = R"(
    declare float @sinf(float)
    define void @SYMBOL(ptr %args) {
      %in = load ptr, ptr %args
      %slot = getelementptr ptr, ptr %args, i64 1
      %out = load ptr, ptr %slot
      %x = load float, ptr %in
      %s = call float @sinf(float %x)
      %y = fadd float %s, CONSTANT.0
      store float %y, ptr %out
      ret void
    })";
  auto replace = [&](const std::string &from, const std::string &to) {
    text.replace(text.find(from), from.size(), to);
  };
  replace("SYMBOL", symbol);
  replace("CONSTANT", std::to_string(constant));

  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  auto module = llvm::parseAssemblyString(text, diagnostic, context);
  EXPECT_TRUE(module) << diagnostic.getMessage().str();
  CpuTarget target = CpuTarget::host();
  std::string error;
  llvm::Triple triple(target.triple);
  std::unique_ptr<llvm::TargetMachine> machine(
      llvm::TargetRegistry::lookupTarget(triple, error)
          ->createTargetMachine(triple, target.cpu, "", llvm::TargetOptions(),
                                llvm::Reloc::PIC_));
  module->setTargetTriple(triple);
  module->setDataLayout(machine->createDataLayout());
  llvm::SmallString<0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager passes;
  machine->addPassesToEmitFile(passes, stream, nullptr,
                               llvm::CodeGenFileType::ObjectFile);
  passes.run(*module);
  return {symbol, object.str().str(), 1, 0};
}

float call(void *function, float x) {
  float y = 0;
  void *args[] = {&x, &y};
  reinterpret_cast<KernelFunction>(function)(args);
  return y;
}
} // namespace

TEST(Jit, RunsObjects) {
  auto jit = Jit::create();
  ASSERT_TRUE(bool(jit)) << llvm::toString(jit.takeError());
  for (int constant : {1, 2, 3}) {
    CompiledKernel kernel =
        makeKernel("kernel_" + std::to_string(constant), constant);
    auto function = (*jit)->link(kernel);
    ASSERT_TRUE(bool(function)) << llvm::toString(function.takeError());
    EXPECT_EQ(call(reinterpret_cast<void *>(*function), 0.5f),
              std::sin(0.5f) + constant);
    // The same symbol again is the same function.
    auto again = (*jit)->link(kernel);
    ASSERT_TRUE(bool(again));
    EXPECT_EQ(*again, *function);
  }
}

TEST(Jit, ReportsBadObjects) {
  auto jit = Jit::create();
  ASSERT_TRUE(bool(jit));
  CompiledKernel kernel = makeKernel("kernel", 1);
  kernel.object = "no object";
  auto function = (*jit)->link(kernel);
  EXPECT_FALSE(bool(function));
  EXPECT_NE(llvm::toString(function.takeError()), "");
  kernel = makeKernel("other", 1);
  kernel.symbol = "absent";
  function = (*jit)->link(kernel);
  EXPECT_FALSE(bool(function));
  EXPECT_NE(llvm::toString(function.takeError()).find("absent"),
            std::string::npos);
}

TEST(Linker, MakesALibraryThatTheRuntimeOpens) {
  std::vector<CompiledKernel> kernels = {makeKernel("a", 1), makeKernel("b", 2),
                                         makeKernel("a", 1)};
  auto bytes = linkSharedObject(kernels);
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  auto again = linkSharedObject(kernels);
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(*bytes, *again) << "linking is reproducible";
  auto library = ::auxact::runtime::SharedObject::open(*bytes, "test");
  ASSERT_TRUE(bool(library)) << library.message();
  EXPECT_EQ(call((*library)->lookup("a"), 0.5f), std::sin(0.5f) + 1);
  EXPECT_EQ(call((*library)->lookup("b"), 0.5f), std::sin(0.5f) + 2);
  EXPECT_EQ((*library)->lookup("c"), nullptr);
}

TEST(Linker, ReportsWhatTheLinkerSays) {
  CompiledKernel kernel = makeKernel("a", 1);
  kernel.object = "no object";
  auto bytes = linkSharedObject({kernel});
  ASSERT_FALSE(bool(bytes));
  std::string message = llvm::toString(bytes.takeError());
  EXPECT_NE(message.find("ld.lld"), std::string::npos) << message;
  EXPECT_NE(message.find("error:"), std::string::npos) << message;
}

TEST(Linker, SaysWhatToInstall) {
  auto found = findLinker();
  EXPECT_TRUE(bool(found)) << llvm::toString(found.takeError());
  std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  auto absent = findLinker("/also/nowhere");
  setenv("PATH", path.c_str(), 1);
  ASSERT_FALSE(bool(absent));
  EXPECT_EQ(llvm::toString(absent.takeError()),
            "saving a program needs the linker ld.lld, which is neither in "
            "'/also/nowhere' nor in the PATH; install it with `apt-get install "
            "lld-22`");
}
