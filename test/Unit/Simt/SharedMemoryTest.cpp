//===- SharedMemoryTest.cpp - Barriers, races and bounds ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "SimtHarness.h"

namespace {

using SharedMemoryTest = SimtTest;

const char barrier[] =
    "call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)";
const char warpBarrier[] = "call void @llvm.nvvm.bar.warp.sync(i32 -1)";

// y[t] = s[t ^ mask], where s[t] = t.
const char exchange[] = R"(
@s = internal addrspace(3) global [64 x float] undef, align 16
define ptx_kernel void @k(ptr addrspace(1) %y, i32 %mask) !dbg !4 {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr float, ptr addrspace(3) @s, i32 %t
  %v = uitofp i32 %t to float
  store float %v, ptr addrspace(3) %p, align 4, !dbg !6
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %o = xor i32 %t, %mask
  %q = getelementptr float, ptr addrspace(3) @s, i32 %o
  %w = load float, ptr addrspace(3) %q, align 4, !dbg !5
  %r = getelementptr float, ptr addrspace(1) %y, i32 %t
  store float %w, ptr addrspace(1) %r, align 4
  ret void
}
!llvm.module.flags = !{!0}
!llvm.dbg.cu = !{!1}
!0 = !{i32 2, !"Debug Info Version", i32 3}
!1 = distinct !DICompileUnit(language: DW_LANG_C, file: !2, emissionKind: LineTablesOnly)
!2 = !DIFile(filename: "exchange.mlir", directory: "/")
!3 = !DISubroutineType(types: !{})
!4 = distinct !DISubprogram(name: "k", file: !2, line: 1, type: !3, unit: !1, spFlags: DISPFlagDefinition)
!5 = !DILocation(line: 12, column: 7, scope: !4)
!6 = !DILocation(line: 9, column: 3, scope: !4)
)";

std::vector<float> exchanged(unsigned mask) {
  std::vector<float> result(64);
  for (unsigned t = 0; t < 64; ++t)
    result[t] = t ^ mask;
  return result;
}

TEST_F(SharedMemoryTest, ExchangeAcrossABarrier) {
  CUfunction kernel = load(exchange);
  inManyOrders([&] {
    Array<float> y(64);
    ASSERT_EQ(launch(kernel, {1, 64}, y.address, 63), CUDA_SUCCESS);
    EXPECT_EQ(y.values(), exchanged(63));
  });
}

TEST_F(SharedMemoryTest, DroppedBarrierIsARaceWithKernelAndPlace) {
  CUfunction kernel = load(replaced(exchange, barrier, ""));
  Array<float> y(64);
  EXPECT_TRUE(reports("kernel 'k', block (0, 0, 0), thread 1: race: write of 4 "
                      "bytes at byte 4 of shared memory, which thread 0 has "
                      "read without a barrier since [store at "
                      "exchange.mlir:9:3]",
                      kernel, {1, 64}, y.address, 1));
}

TEST_F(SharedMemoryTest, DroppedBarrierIsFoundInEveryOrder) {
  for (const char *seed : {"1", "2", "3", "4", "5", "6", "7", "8"}) {
    setenv("AUXACT_SIMT_SEED", seed, 1);
    CUfunction kernel = load(replaced(exchange, barrier, ""));
    Array<float> y(64);
    EXPECT_TRUE(reports("race", kernel, {1, 64}, y.address, 63)) << seed;
    TearDown();
    SetUp();
  }
  unsetenv("AUXACT_SIMT_SEED");
}

TEST_F(SharedMemoryTest, BarrierOfAWarpOrdersItsLanesOnly) {
  CUfunction kernel = load(replaced(exchange, barrier, warpBarrier));
  Array<float> y(64);
  ASSERT_EQ(launch(kernel, {1, 64}, y.address, 31), CUDA_SUCCESS);
  EXPECT_EQ(y.values(), exchanged(31));
  EXPECT_TRUE(reports("race", kernel, {1, 64}, y.address, 32));
}

TEST_F(SharedMemoryTest, AVoteOrdersNothing) {
  CUfunction kernel = load(replaced(
      exchange, barrier, "call i1 @llvm.nvvm.vote.all.sync(i32 -1, i1 true)"));
  Array<float> y(64);
  EXPECT_TRUE(reports("race", kernel, {1, 64}, y.address, 1));
}

TEST_F(SharedMemoryTest, OverwritingWhatOthersReadIsARace) {
  // The second write would need a barrier before it.
  std::string text = replaced(exchange, "  %r = getelementptr",
                              "  BARRIER\n"
                              "  store float %w, ptr addrspace(3) %p, align 4\n"
                              "  %r = getelementptr");
  Array<float> y(64);
  ASSERT_EQ(
      launch(load(replaced(text, "BARRIER", barrier)), {1, 64}, y.address, 5),
      CUDA_SUCCESS);
  EXPECT_TRUE(reports("race: ", load(replaced(text, "BARRIER", "")), {1, 64},
                      y.address, 5));
}

TEST_F(SharedMemoryTest, BarrierThatSomeDoNotReach) {
  CUfunction kernel = load(R"(
define ptx_kernel void @k() {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %low = icmp ult i32 %t, 40
  br i1 %low, label %wait, label %end
wait:
  call void @llvm.nvvm.barrier.cta.sync.all(i32 0)
  br label %end
end:
  ret void
})");
  EXPECT_TRUE(
      reports("divergent barrier: of 64 threads none can go on; 24 have "
              "returned; 40 wait (the first is thread 0) "
              "[barrier.cta.sync.all",
              kernel, {1, 64}));
}

// Both halves meet at barriers, but at two of them.
const char twoBarriers[] = R"(
define ptx_kernel void @k(i32 %limit) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %low = icmp ult i32 %t, %limit
  br i1 %low, label %one, label %other
one:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br label %end
other:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br label %end
end:
  ret void
})";

TEST_F(SharedMemoryTest, WarpsMayMeetAtDifferentInstructions) {
  EXPECT_EQ(launch(load(twoBarriers), {1, 64}, 32), CUDA_SUCCESS);
}

TEST_F(SharedMemoryTest, LanesOfAWarpMayNot) {
  EXPECT_TRUE(reports("mismatched barrier", load(twoBarriers), {1, 64}, 33));
}

TEST_F(SharedMemoryTest, BarriersThatReduce) {
  CUfunction kernel = load(R"(
define ptx_kernel void @k(ptr addrspace(1) %y, i32 %limit) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = icmp ult i32 %t, %limit
  %n = call i32 @llvm.nvvm.barrier.cta.red.popc.aligned.all(i32 0, i1 %p)
  %a = call i1 @llvm.nvvm.barrier.cta.red.and.aligned.all(i32 1, i1 %p)
  %o = call i1 @llvm.nvvm.barrier.cta.red.or.aligned.count(i32 0, i32 64, i1 %p)
  %a32 = zext i1 %a to i32
  %o32 = zext i1 %o to i32
  %a2 = mul i32 %a32, 100
  %o2 = mul i32 %o32, 1000
  %s = add i32 %n, %a2
  %u = add i32 %s, %o2
  %q = getelementptr i32, ptr addrspace(1) %y, i32 %t
  store i32 %u, ptr addrspace(1) %q, align 4
  ret void
})");
  inManyOrders([&] {
    for (auto [limit, expected] :
         {std::pair(0, 0), std::pair(40, 1040), std::pair(64, 1164)}) {
      Array<int> y(64);
      ASSERT_EQ(launch(kernel, {1, 64}, y.address, limit), CUDA_SUCCESS);
      EXPECT_EQ(y.values(), std::vector<int>(64, expected));
    }
  });
}

TEST_F(SharedMemoryTest, BarrierOfPartOfABlockIsNotModelled) {
  EXPECT_TRUE(reports("a barrier of 32 of the block's 64 threads is not "
                      "modelled",
                      load(R"(
define ptx_kernel void @k() {
  call void @llvm.nvvm.barrier.cta.sync.aligned.count(i32 1, i32 32)
  ret void
})"),
                      {1, 64}));
}

TEST_F(SharedMemoryTest, SomeAtABarrierAndOthersAtAShuffle) {
  EXPECT_TRUE(reports("divergent barrier: of 32 threads none can go on; 0 have "
                      "returned; 16 wait (the first is thread 0) "
                      "[vote.all.sync at an unknown place]; 16 wait (the first "
                      "is thread 16) [barrier.cta.sync.all",
                      load(R"(
define ptx_kernel void @k() {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %low = icmp ult i32 %t, 16
  br i1 %low, label %one, label %other
one:
  %v = call i1 @llvm.nvvm.vote.all.sync(i32 -1, i1 true)
  br label %end
other:
  call void @llvm.nvvm.barrier.cta.sync.all(i32 0)
  br label %end
end:
  ret void
})"),
                      {1, 32}));
}

// y[t] = s[first + t] of 16 static and of the launch's dynamic floats.
const char dynamicRead[] = R"(
@fixed = internal addrspace(3) global [16 x float] undef, align 16
@s = external addrspace(3) global [0 x float], align 16
define ptx_kernel void @k(ptr addrspace(1) %y, i32 %first) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %i = add i32 %t, %first
  store float 1.0, ptr addrspace(3) @fixed, align 4
  %p = getelementptr float, ptr addrspace(3) @s, i32 %i
  %v = load float, ptr addrspace(3) %p, align 4
  %q = getelementptr float, ptr addrspace(1) %y, i32 %t
  store float %v, ptr addrspace(1) %q, align 4
  ret void
})";

TEST_F(SharedMemoryTest, FreshSharedMemoryIsNaN) {
  Array<float> y(1);
  ASSERT_EQ(launch(load(dynamicRead), {1, 1, 128}, y.address, 31),
            CUDA_SUCCESS);
  EXPECT_NE(y.values()[0], y.values()[0]);
}

TEST_F(SharedMemoryTest, BeyondDynamicSharedMemory) {
  Array<float> y(1);
  EXPECT_TRUE(reports("out of bounds: read of 4 bytes at byte 192 of shared "
                      "memory, of which the block has 192",
                      load(dynamicRead), {1, 1, 128}, y.address, 32));
}

TEST_F(SharedMemoryTest, BelowSharedMemory) {
  Array<float> y(1);
  EXPECT_TRUE(reports("read of 4 bytes at byte -4 of shared memory",
                      load(dynamicRead), {1, 1, 128}, y.address, -17));
}

TEST_F(SharedMemoryTest, WideAccessNeedsItsAlignment) {
  std::string text =
      replaced(replaced(dynamicRead, "load float, ptr addrspace(3) %p, align 4",
                        "load <4 x float>, ptr addrspace(3) %p, align 16"),
               "store float %v, ptr addrspace(1) %q, align 4",
               "%e = extractelement <4 x float> %v, i32 0\n"
               "store float %e, ptr addrspace(1) %q, align 4");
  Array<float> y(1);
  EXPECT_EQ(launch(load(text), {1, 1, 128}, y.address, 4), CUDA_SUCCESS);
  EXPECT_TRUE(reports("misaligned: read of 16 bytes", load(text), {1, 1, 128},
                      y.address, 3));
}

} // namespace
