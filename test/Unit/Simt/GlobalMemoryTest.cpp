//===- GlobalMemoryTest.cpp - Races between and within blocks -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "SimtHarness.h"

namespace {

using GlobalMemoryTest = SimtTest;

// Thread t of block b writes y[b * stride + t] and reads it back from where
// thread t ^ 1 wrote.
const char write[] = R"(
define ptx_kernel void @k(ptr addrspace(1) %y, i32 %stride, i32 %mask) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %b = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %s = mul i32 %b, %stride
  %i = add i32 %s, %t
  %p = getelementptr i32, ptr addrspace(1) %y, i32 %i
  store i32 %i, ptr addrspace(1) %p, align 4
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %j = xor i32 %i, %mask
  %q = getelementptr i32, ptr addrspace(1) %y, i32 %j
  %v = load i32, ptr addrspace(1) %q, align 4
  ret void
})";

TEST_F(GlobalMemoryTest, BlocksApart) {
  CUfunction kernel = load(write);
  inManyOrders([&] {
    Array<int> y(128);
    ASSERT_EQ(launch(kernel, {4, 32}, y.address, 32, 1), CUDA_SUCCESS);
    for (int i = 0; i < 128; ++i)
      ASSERT_EQ(y.values()[i], i);
  });
}

TEST_F(GlobalMemoryTest, TwoBlocksWriteTheSame) {
  Array<int> y(128);
  EXPECT_TRUE(reports("race: write of 4 bytes at byte 124 of global memory, "
                      "which another block has written",
                      load(write), {4, 32}, y.address, 31, 0));
}

TEST_F(GlobalMemoryTest, ABlockReadsWhatAnotherWrites) {
  Array<int> y(64);
  EXPECT_TRUE(
      reports("another block has", load(write), {2, 32}, y.address, 32, 32));
}

TEST_F(GlobalMemoryTest, ThreadsOfABlockNeedABarrier) {
  Array<int> y(32);
  std::string text = replaced(
      write, "call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)", "");
  EXPECT_TRUE(
      reports("race: write of 4 bytes at byte 4 of global memory, which "
              "thread 0 has read without a barrier since",
              load(text), {1, 32}, y.address, 32, 1));
}

TEST_F(GlobalMemoryTest, AnotherLaunchIsInOrder) {
  CUfunction kernel = load(write);
  Array<int> y(32);
  ASSERT_EQ(launch(kernel, {1, 32}, y.address, 32, 0), CUDA_SUCCESS);
  ASSERT_EQ(launch(kernel, {1, 32}, y.address, 32, 5), CUDA_SUCCESS);
}

// Bytes of one word that belong to different threads are no race.
TEST_F(GlobalMemoryTest, NeighbouringBytes) {
  CUfunction kernel = load(R"(
define ptx_kernel void @k(ptr addrspace(1) %y) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr i8, ptr addrspace(1) %y, i32 %t
  %v = trunc i32 %t to i8
  store i8 %v, ptr addrspace(1) %p, align 1
  ret void
})");
  Array<uint8_t> y(32);
  ASSERT_EQ(launch(kernel, {1, 32}, y.address), CUDA_SUCCESS);
  EXPECT_EQ(y.values()[31], 31);
}

TEST_F(GlobalMemoryTest, MemoryIntrinsicsAreChecked) {
  CUfunction kernel = load(R"(
define ptx_kernel void @k(ptr addrspace(1) %y, ptr addrspace(1) %x, i64 %n) {
  %local = alloca [64 x i8], align 16
  call void @llvm.memcpy.p0.p1.i64(ptr %local, ptr addrspace(1) %x, i64 %n, i1 false)
  call void @llvm.memcpy.p1.p0.i64(ptr addrspace(1) %y, ptr %local, i64 %n, i1 false)
  ret void
})");
  Array<uint8_t> y(32), x(std::vector<uint8_t>(33, 7));
  ASSERT_EQ(launch(kernel, {1, 1}, y.address, x.address, int64_t(32)),
            CUDA_SUCCESS);
  EXPECT_EQ(y.values(), std::vector<uint8_t>(32, 7));
  EXPECT_TRUE(reports("write of 33 bytes at byte 0 of an allocation of 32",
                      kernel, {1, 1}, y.address, x.address, int64_t(33)));
}

TEST_F(GlobalMemoryTest, MaskedAccessesAreCheckedByElement) {
  CUfunction kernel = load(R"(
define ptx_kernel void @k(ptr addrspace(1) %y, ptr addrspace(1) %x, i32 %n) {
  %s = insertelement <4 x i32> poison, i32 %n, i32 0
  %l = shufflevector <4 x i32> %s, <4 x i32> poison, <4 x i32> zeroinitializer
  %m = icmp ult <4 x i32> <i32 0, i32 1, i32 2, i32 3>, %l
  %v = call <4 x i32> @llvm.masked.load.v4i32.p1(ptr addrspace(1) align 4 %x, <4 x i1> %m, <4 x i32> zeroinitializer)
  call void @llvm.masked.store.v4i32.p1(<4 x i32> %v, ptr addrspace(1) align 4 %y, <4 x i1> %m)
  ret void
})");
  Array<int> y(3), x(std::vector<int>{1, 2, 3});
  ASSERT_EQ(launch(kernel, {1, 1}, y.address, x.address, 3), CUDA_SUCCESS);
  EXPECT_EQ(y.values(), (std::vector<int>{1, 2, 3}));
  EXPECT_TRUE(reports("read of 4 bytes at byte 12 of an allocation of 12",
                      kernel, {1, 1}, y.address, x.address, 4));
}

// Constant tables, and the memory of the thread itself.
TEST_F(GlobalMemoryTest, VariablesAndLocals) {
  CUfunction kernel = load(R"(
@table = internal addrspace(1) constant [4 x i32] [i32 3, i32 1, i32 4, i32 1]
define ptx_kernel void @k(ptr addrspace(1) %y, i32 %offset) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %i = add i32 %t, %offset
  %p = getelementptr i32, ptr addrspace(1) @table, i32 %i
  %v = load i32, ptr addrspace(1) %p, align 4
  %local = alloca [4 x i32]
  %l = getelementptr i32, ptr %local, i32 %t
  store i32 %v, ptr %l
  %w = load i32, ptr %l
  %q = getelementptr i32, ptr addrspace(1) %y, i32 %t
  store i32 %w, ptr addrspace(1) %q, align 4
  ret void
})");
  Array<int> y(4);
  ASSERT_EQ(launch(kernel, {1, 4}, y.address, 0), CUDA_SUCCESS);
  EXPECT_EQ(y.values(), (std::vector<int>{3, 1, 4, 1}));
  EXPECT_TRUE(reports("out of bounds", kernel, {1, 4}, y.address, 1));
}

} // namespace
