//===- SimtHarness.cpp - Kernels as text, run by the executor -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "SimtHarness.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

void SimtTest::SetUp() {
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  CUcontext context;
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
}

void SimtTest::TearDown() {
  EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
}

// Intrinsics need no declaration in text; registers are used by nearly all.
static const char prologue[] = R"(
target triple = "nvptx64-nvidia-cuda"
target datalayout = "e-p6:32:32-i64:64-i128:128-i256:256-v16:16-v32:32-n16:32:64"
)";

std::string SimtTest::assemble(const std::string &text) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic error;
  auto module = llvm::parseAssemblyString(prologue + text, error, context);
  std::string bitcode;
  llvm::raw_string_ostream stream(bitcode);
  if (!module) {
    error.print("kernel", llvm::errs());
    ADD_FAILURE() << "the kernel's text is wrong";
    return bitcode;
  }
  llvm::WriteBitcodeToFile(*module, stream);
  return bitcode;
}

CUfunction SimtTest::load(const std::string &text, const char *name) {
  std::string bitcode = assemble(text);
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  EXPECT_EQ(cuModuleLoadDataEx(&module, bitcode.data(), 0, nullptr, nullptr),
            CUDA_SUCCESS)
      << auxactSimtLastReport();
  if (module) {
    EXPECT_EQ(cuModuleGetFunction(&function, module, name), CUDA_SUCCESS);
  }
  return function;
}
