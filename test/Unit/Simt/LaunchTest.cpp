//===- LaunchTest.cpp - Modules, launches and their limits ----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "SimtHarness.h"

namespace {

using LaunchTest = SimtTest;

// y[i] = x[i] + 1 for i below n.
const char increment[] = R"(
define ptx_kernel void @k(ptr addrspace(1) align 16 %x, ptr addrspace(1) align 16 %y, i32 %n) #0 {
  %b = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %d = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %s = mul i32 %b, %d
  %i = add i32 %s, %t
  %in = icmp slt i32 %i, %n
  br i1 %in, label %body, label %end
body:
  %p = getelementptr float, ptr addrspace(1) %x, i32 %i
  %q = getelementptr float, ptr addrspace(1) %y, i32 %i
  %v = load float, ptr addrspace(1) %p, align 4
  %w = fadd float %v, 1.0
  store float %w, ptr addrspace(1) %q, align 4
  br label %end
end:
  ret void
}
attributes #0 = { "nvvm.maxntid"="128" "target-cpu"="sm_90a" }
)";

TEST_F(LaunchTest, ElementwiseKernel) {
  CUfunction kernel = load(increment);
  std::vector<float> x(1000), expected(1000);
  for (int i = 0; i < 1000; ++i)
    x[i] = i, expected[i] = i + 1;
  inManyOrders([&] {
    Array<float> in(x), out(1000);
    ASSERT_EQ(launch(kernel, {8, 128}, in.address, out.address, 1000),
              CUDA_SUCCESS);
    EXPECT_EQ(out.values(), expected);
  });
}

TEST_F(LaunchTest, OffByOneBoundIsFound) {
  CUfunction kernel = load(increment);
  Array<float> in(1000), out(1001);
  EXPECT_TRUE(reports("out of bounds: read of 4 bytes at byte 4000 of an "
                      "allocation of 4000",
                      kernel, {8, 128}, in.address, out.address, 1001));
}

TEST_F(LaunchTest, OffByOneBoundOfResultIsFound) {
  CUfunction kernel = load(increment);
  Array<float> in(1001), out(1000);
  EXPECT_TRUE(reports("write of 4 bytes at byte 4000", kernel, {8, 128},
                      in.address, out.address, 1001));
}

TEST_F(LaunchTest, MisalignedPointerIsFound) {
  CUfunction kernel = load(increment);
  Array<float> in(8), out(8);
  EXPECT_TRUE(reports("misaligned: read of 4 bytes", kernel, {1, 4},
                      in.address + 2, out.address, 4));
}

TEST_F(LaunchTest, AFaultSpoilsTheContextUntilItIsReleased) {
  CUfunction kernel = load(increment);
  Array<float> in(8), out(8);
  EXPECT_TRUE(
      reports("out of bounds", kernel, {1, 16}, in.address, out.address, 16));
  EXPECT_EQ(launch(kernel, {1, 8}, in.address, out.address, 8),
            CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(cuStreamSynchronize(nullptr), CUDA_ERROR_LAUNCH_FAILED);
  TearDown();
  SetUp();
  kernel = load(increment);
  Array<float> newIn(8), newOut(8);
  EXPECT_EQ(launch(kernel, {1, 8}, newIn.address, newOut.address, 8),
            CUDA_SUCCESS);
}

TEST_F(LaunchTest, FreshMemoryIsNaN) {
  Array<float> fresh(5);
  for (float value : fresh.values())
    EXPECT_NE(value, value);
}

TEST_F(LaunchTest, LimitsOfLaunches) {
  CUfunction kernel = load(increment);
  Array<float> in(8), out(8);
  auto with = [&](Shape shape) {
    return launch(kernel, shape, in.address, out.address, 8);
  };
  EXPECT_EQ(with({1, 129}), CUDA_ERROR_INVALID_VALUE) << "maxntid";
  EXPECT_EQ(with({0, 32}), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(with({1, 32, 48 << 10}), CUDA_SUCCESS);
  EXPECT_EQ(with({1, 32, (48 << 10) + 4}), CUDA_ERROR_INVALID_VALUE);
  auto dynamic = CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
  EXPECT_EQ(cuFuncSetAttribute(kernel, dynamic, 227 << 10), CUDA_SUCCESS);
  EXPECT_EQ(with({1, 32, 227 << 10}), CUDA_SUCCESS);
  EXPECT_EQ(cuFuncSetAttribute(kernel, dynamic, (227 << 10) + 1),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(
      cuLaunchKernel(kernel, 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, nullptr),
      CUDA_ERROR_INVALID_VALUE)
      << "no arguments";
}

TEST_F(LaunchTest, OtherImagesAreRefused) {
  CUmodule module;
  EXPECT_EQ(cuModuleLoadDataEx(&module,
                               "\x7F"
                               "ELF\2\1\1",
                               0, nullptr, nullptr),
            CUDA_ERROR_NO_BINARY_FOR_GPU);
  EXPECT_EQ(cuModuleLoadDataEx(&module, ".version 8.0\n.target sm_90a\n", 0,
                               nullptr, nullptr),
            CUDA_ERROR_INVALID_PTX);
  std::string bitcode = assemble(increment);
  setenv("AUXACT_SIMT_CHIP", "80", 1);
  EXPECT_EQ(cuModuleLoadDataEx(&module, bitcode.data(), 0, nullptr, nullptr),
            CUDA_ERROR_NO_BINARY_FOR_GPU);
  unsetenv("AUXACT_SIMT_CHIP");
}

TEST_F(LaunchTest, WhatIsNotModelledIsNamed) {
  auto refuses = [&](const char *text, const char *part) {
    std::string bitcode = assemble(text);
    CUmodule module;
    char log[256] = "";
    CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER,
                              CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    void *values[] = {log, reinterpret_cast<void *>(sizeof(log))};
    EXPECT_EQ(cuModuleLoadDataEx(&module, bitcode.data(), 2, options, values),
              CUDA_ERROR_NOT_SUPPORTED);
    EXPECT_NE(std::strstr(log, part), nullptr) << log;
  };
  refuses(R"(
define ptx_kernel void @k() {
  call void @llvm.nvvm.barrier.cluster.arrive()
  ret void
})",
          "llvm.nvvm.barrier.cluster.arrive is not modelled");
  refuses(R"(
define ptx_kernel void @k() {
  call void asm sideeffect "wgmma.fence.sync.aligned;", ""()
  ret void
})",
          "inline assembly is not modelled: \"wgmma.fence.sync.aligned;\"");
  refuses(R"(
declare float @__nv_expf(float)
define ptx_kernel void @k() {
  %e = call float @__nv_expf(float 0.0)
  ret void
})",
          "__nv_expf is not modelled");
  refuses(R"(
@dynamic = internal addrspace(3) global [0 x i8] undef, align 16
define ptx_kernel void @k() {
  store i8 0, ptr addrspace(3) @dynamic
  ret void
})",
          "the shared variable dynamic has no size and is not external");
}

} // namespace
