//===- CollectivesTest.cpp - Votes, shuffles, election --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "SimtHarness.h"

namespace {

using CollectivesTest = SimtTest;

TEST_F(CollectivesTest, Votes) {
  CUfunction kernel = load(R"(
define ptx_kernel void @k(ptr addrspace(1) %y, i32 %bits) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %s = lshr i32 %bits, %t
  %p = trunc i32 %s to i1
  %a = call i1 @llvm.nvvm.vote.all.sync(i32 -1, i1 %p)
  %b = call i1 @llvm.nvvm.vote.any.sync(i32 -1, i1 %p)
  %c = call i1 @llvm.nvvm.vote.uni.sync(i32 -1, i1 %p)
  %d = call i32 @llvm.nvvm.vote.ballot.sync(i32 -1, i1 %p)
  %a32 = zext i1 %a to i32
  %b32 = zext i1 %b to i32
  %c32 = zext i1 %c to i32
  %q = getelementptr [4 x i32], ptr addrspace(1) %y, i32 %t
  %v0 = insertelement <4 x i32> poison, i32 %a32, i32 0
  %v1 = insertelement <4 x i32> %v0, i32 %b32, i32 1
  %v2 = insertelement <4 x i32> %v1, i32 %c32, i32 2
  %v3 = insertelement <4 x i32> %v2, i32 %d, i32 3
  store <4 x i32> %v3, ptr addrspace(1) %q, align 16
  ret void
})");
  inManyOrders([&] {
    for (uint32_t bits : {0u, 0xFFFFFFFFu, 0x80000001u, 0x0F0F1234u}) {
      Array<uint32_t> y(128);
      ASSERT_EQ(launch(kernel, {1, 32}, y.address, bits), CUDA_SUCCESS);
      for (int lane = 0; lane < 32; ++lane) {
        EXPECT_EQ(y.values()[4 * lane], bits == 0xFFFFFFFF);
        EXPECT_EQ(y.values()[4 * lane + 1], bits != 0);
        EXPECT_EQ(y.values()[4 * lane + 2], bits == 0 || bits == 0xFFFFFFFF);
        EXPECT_EQ(y.values()[4 * lane + 3], bits);
      }
    }
  });
}

// Each half of the warp votes by itself.
const char halves[] = R"(
define ptx_kernel void @k(ptr addrspace(1) %y, i32 %low, i32 %high) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %first = icmp ult i32 %t, 16
  br i1 %first, label %one, label %other
one:
  %a = call i32 @llvm.nvvm.vote.ballot.sync(i32 %low, i1 true)
  br label %end
other:
  %b = call i32 @llvm.nvvm.vote.ballot.sync(i32 %high, i1 true)
  br label %end
end:
  %v = phi i32 [ %a, %one ], [ %b, %other ]
  %q = getelementptr i32, ptr addrspace(1) %y, i32 %t
  store i32 %v, ptr addrspace(1) %q, align 4
  ret void
})";

TEST_F(CollectivesTest, PartsOfAWarp) {
  CUfunction kernel = load(halves);
  inManyOrders([&] {
    Array<uint32_t> y(32);
    ASSERT_EQ(launch(kernel, {1, 32}, y.address, 0xFFFF, 0xFFFF0000),
              CUDA_SUCCESS);
    EXPECT_EQ(y.values()[3], 0xFFFFu);
    EXPECT_EQ(y.values()[30], 0xFFFF0000u);
  });
}

TEST_F(CollectivesTest, MaskWithoutItsOwnLane) {
  Array<uint32_t> y(32);
  EXPECT_TRUE(reports("wrong mask: 0xfffe lacks the thread's own lane 0",
                      load(halves), {1, 32}, y.address, 0xFFFE, 0xFFFF0000));
}

TEST_F(CollectivesTest, MasksThatDiffer) {
  Array<uint32_t> y(32);
  EXPECT_TRUE(reports("wrong mask", load(halves), {1, 32}, y.address, 0x1FFFF,
                      0xFFFF0000));
}

TEST_F(CollectivesTest, LanesAtDifferentInstructions) {
  Array<uint32_t> y(32);
  EXPECT_TRUE(
      reports("divergent warp", load(halves), {1, 32}, y.address, -1, -1));
}

TEST_F(CollectivesTest, MaskWithLanesThatDoNotExist) {
  Array<uint32_t> y(32);
  EXPECT_TRUE(reports("names lane 8, which does not exist", load(halves),
                      {1, 8}, y.address, 0xFFFF, 0xFFFF0000));
}

// The pseudo code of the PTX ISA, word for word.
std::pair<int, bool> shuffled(const std::string &mode, int lane, int b, int c) {
  int bval = b & 31, cval = c & 31, mask = c >> 8 & 31;
  int maxLane = (lane & mask) | (cval & ~mask), minLane = lane & mask;
  int j = 0;
  bool pval = false;
  if (mode == "up")
    j = lane - bval, pval = j >= maxLane;
  else if (mode == "down")
    j = lane + bval, pval = j <= maxLane;
  else if (mode == "bfly")
    j = lane ^ bval, pval = j <= maxLane;
  else
    j = minLane | (bval & ~mask), pval = j <= maxLane;
  return {pval ? j : lane, pval};
}

TEST_F(CollectivesTest, Shuffles) {
  for (const char *mode : {"up", "down", "bfly", "idx"}) {
    SCOPED_TRACE(mode);
    std::string text = R"(
define ptx_kernel void @k(ptr addrspace(1) %y, i32 %b, i32 %c) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %v = mul i32 %t, 3
  %f = uitofp i32 %t to float
  %i = call i32 @llvm.nvvm.shfl.sync.MODE.i32(i32 -1, i32 %v, i32 %b, i32 %c)
  %r = call { float, i1 } @llvm.nvvm.shfl.sync.MODE.f32p(i32 -1, float %f, i32 %b, i32 %c)
  %g = extractvalue { float, i1 } %r, 0
  %p = extractvalue { float, i1 } %r, 1
  %h = fptoui float %g to i32
  %p32 = zext i1 %p to i32
  %v0 = insertelement <4 x i32> poison, i32 %i, i32 0
  %v1 = insertelement <4 x i32> %v0, i32 %h, i32 1
  %v2 = insertelement <4 x i32> %v1, i32 %p32, i32 2
  %q = getelementptr [4 x i32], ptr addrspace(1) %y, i32 %t
  store <4 x i32> %v2, ptr addrspace(1) %q, align 16
  ret void
})";
    for (int i = 0; i < 2; ++i)
      text = replaced(text, "MODE", mode);
    CUfunction kernel = load(text);
    bool up = !std::strcmp(mode, "up");
    for (int width : {32, 16, 8})
      for (int b : {0, 1, 5, 16, 31}) {
        int c = (32 - width) << 8 | (up ? 0 : 31);
        Array<int> y(128);
        ASSERT_EQ(launch(kernel, {1, 32}, y.address, b, c), CUDA_SUCCESS);
        std::vector<int> values = y.values();
        for (int lane = 0; lane < 32; ++lane) {
          auto [source, valid] = shuffled(mode, lane, b, c);
          EXPECT_EQ(values[4 * lane], 3 * source);
          EXPECT_EQ(values[4 * lane + 1], source);
          EXPECT_EQ(values[4 * lane + 2], valid);
        }
      }
  }
}

TEST_F(CollectivesTest, SumByButterfly) {
  std::string text = R"(
define ptx_kernel void @k(ptr addrspace(1) %y) {
entry:
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  br label %loop
loop:
  %o = phi i32 [ 16, %entry ], [ %half, %loop ]
  %v = phi i32 [ %t, %entry ], [ %sum, %loop ]
  %w = call i32 @llvm.nvvm.shfl.sync.bfly.i32(i32 -1, i32 %v, i32 %o, i32 31)
  %sum = add i32 %v, %w
  %half = lshr i32 %o, 1
  %more = icmp ne i32 %half, 0
  br i1 %more, label %loop, label %end
end:
  %q = getelementptr i32, ptr addrspace(1) %y, i32 %t
  store i32 %sum, ptr addrspace(1) %q, align 4
  ret void
})";
  CUfunction kernel = load(text);
  inManyOrders([&] {
    Array<int> y(32);
    ASSERT_EQ(launch(kernel, {1, 32}, y.address), CUDA_SUCCESS);
    EXPECT_EQ(y.values(), std::vector<int>(32, 496));
  });
  // Planted: a mask that lacks the upper half.
  Array<int> y(32);
  EXPECT_TRUE(reports("wrong mask",
                      load(replaced(text, "(i32 -1,", "(i32 65535,")), {1, 32},
                      y.address));
}

TEST_F(CollectivesTest, Election) {
  CUfunction kernel = load(R"(
define ptx_kernel void @k(ptr addrspace(1) %y) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %r = call { i32, i1 } @llvm.nvvm.elect.sync(i32 -1)
  %l = extractvalue { i32, i1 } %r, 0
  %p = extractvalue { i32, i1 } %r, 1
  %p32 = zext i1 %p to i32
  %d = mul i32 %p32, 100
  %v = add i32 %l, %d
  %q = getelementptr i32, ptr addrspace(1) %y, i32 %t
  store i32 %v, ptr addrspace(1) %q, align 4
  ret void
})");
  Array<int> y(32);
  ASSERT_EQ(launch(kernel, {1, 32}, y.address), CUDA_SUCCESS);
  int leaders = 0;
  for (int value : y.values()) {
    EXPECT_EQ(value % 100, y.values()[0] % 100);
    leaders += value / 100;
  }
  EXPECT_EQ(leaders, 1);
}

} // namespace
