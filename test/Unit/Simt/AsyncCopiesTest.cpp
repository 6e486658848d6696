//===- AsyncCopiesTest.cpp - cp.async and its waits -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "SimtHarness.h"

namespace {

using AsyncCopiesTest = SimtTest;

// A pipeline of two buffers: while tile i is summed, tile i + 1 is copied. Each
// thread copies four bytes of a tile of 64 and reads those of thread 63 - t.
const char pipeline[] = R"(
@s = external addrspace(3) global [0 x i8], align 16
define ptx_kernel void @k(ptr addrspace(1) %x, ptr addrspace(1) %y, i32 %tiles) {
entry:
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %m = sub i32 63, %t
  %p0 = getelementptr float, ptr addrspace(3) @s, i32 %t
  %x0 = getelementptr float, ptr addrspace(1) %x, i32 %t
  call void @llvm.nvvm.cp.async.ca.shared.global.4(ptr addrspace(3) %p0, ptr addrspace(1) %x0)
  call void @llvm.nvvm.cp.async.commit.group()
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %n, %loop ]
  %sum = phi float [ 0.0, %entry ], [ %next, %loop ]
  %n = add i32 %i, 1
  ; Beyond the last tile a copy takes no bytes and writes zeros.
  %in = icmp slt i32 %n, %tiles
  %bytes = select i1 %in, i32 4, i32 0
  %nb = and i32 %n, 1
  %no = shl i32 %nb, 6
  %np = add i32 %no, %t
  %dst = getelementptr float, ptr addrspace(3) @s, i32 %np
  %xo = shl i32 %n, 6
  %xi = add i32 %xo, %t
  %src = getelementptr float, ptr addrspace(1) %x, i32 %xi
  call void @llvm.nvvm.cp.async.ca.shared.global.4.s(ptr addrspace(3) %dst, ptr addrspace(1) %src, i32 %bytes)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.wait.group(i32 1)
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %b = and i32 %i, 1
  %o = shl i32 %b, 6
  %q = add i32 %o, %m
  %r = getelementptr float, ptr addrspace(3) @s, i32 %q
  %v = load float, ptr addrspace(3) %r, align 4
  %next = fadd float %sum, %v
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 1)
  %more = icmp slt i32 %n, %tiles
  br i1 %more, label %loop, label %end
end:
  %z = getelementptr float, ptr addrspace(1) %y, i32 %t
  store float %next, ptr addrspace(1) %z, align 4
  ret void
})";

struct Pipeline {
  std::vector<float> x, expected;
  Pipeline() : x(5 * 64), expected(64) {
    for (int i = 0; i < 320; ++i)
      x[i] = i, expected[63 - i % 64] += i;
  }
};

TEST_F(AsyncCopiesTest, TwoBuffers) {
  CUfunction kernel = load(pipeline);
  Pipeline data;
  inManyOrders([&] {
    Array<float> x(data.x), y(64);
    ASSERT_EQ(launch(kernel, {1, 64, 512}, x.address, y.address, 5),
              CUDA_SUCCESS);
    EXPECT_EQ(y.values(), data.expected);
  });
}

TEST_F(AsyncCopiesTest, PlantedFaultsAreFound) {
  struct Fault {
    const char *line, *by, *report;
  };
  const Fault faults[] = {
      {"wait.group(i32 1)", "wait.group(i32 2)",
       "missing wait: read of 4 bytes at byte 0 of shared memory, where a "
       "cp.async of thread 0 has not been waited for"},
      {"call void @llvm.nvvm.cp.async.wait.group(i32 1)", "", "missing wait"},
      {"call void @llvm.nvvm.cp.async.commit.group()\n  call void "
       "@llvm.nvvm.cp.async.wait",
       "call void @llvm.nvvm.cp.async.wait", "missing wait"},
      // Copies that have landed are the others' only after a barrier.
      {"call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)", "", "race"},
      // A buffer that others still read is copied into.
      {"call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 1)", "",
       "where a cp.async of thread 63"},
      {"%nb = and i32 %n, 1", "%nb = and i32 %n, 0", "where a cp.async"},
      {"%bytes = select i1 %in, i32 4, i32 0",
       "%bytes = select i1 %in, i32 4, i32 4", "out of bounds: read"},
      {"icmp slt i32 %n, %tiles", "icmp sle i32 %n, %tiles", "out of bounds"},
  };
  Pipeline data;
  for (const Fault &fault : faults) {
    SCOPED_TRACE(fault.line);
    CUfunction kernel = load(replaced(pipeline, fault.line, fault.by));
    Array<float> x(data.x), y(64);
    EXPECT_TRUE(
        reports(fault.report, kernel, {1, 64, 512}, x.address, y.address, 5));
    TearDown();
    SetUp();
  }
}

TEST_F(AsyncCopiesTest, SizesAndAlignment) {
  for (auto [kind, bytes] : {std::pair("ca", 4), std::pair("ca", 8),
                             std::pair("ca", 16), std::pair("cg", 16)}) {
    SCOPED_TRACE(bytes);
    std::string name = std::string("@llvm.nvvm.cp.async.") + kind +
                       ".shared.global." + std::to_string(bytes);
    CUfunction kernel = load(R"(
@s = internal addrspace(3) global [16 x i8] undef, align 16
define ptx_kernel void @k(ptr addrspace(1) %x, ptr addrspace(1) %y, i32 %n) {
  call void )" + name + R"(.s(ptr addrspace(3) @s, ptr addrspace(1) %x, i32 %n)
  call void @llvm.nvvm.cp.async.wait.all()
  %v = load <16 x i8>, ptr addrspace(3) @s, align 16
  store <16 x i8> %v, ptr addrspace(1) %y, align 16
  ret void
})");
    std::vector<uint8_t> data(17);
    for (int i = 0; i < 17; ++i)
      data[i] = i + 1;
    Array<uint8_t> x(data), y(16);
    ASSERT_EQ(launch(kernel, {1, 1}, x.address, y.address, bytes - 1),
              CUDA_SUCCESS);
    for (int i = 0; i < 16; ++i)
      EXPECT_EQ(y.values()[i], i < bytes - 1 ? i + 1 : i < bytes ? 0 : 255);
    EXPECT_TRUE(reports("misaligned: cp.async", kernel, {1, 1}, x.address + 1,
                        y.address, bytes));
    TearDown();
    SetUp();
  }
}

} // namespace
