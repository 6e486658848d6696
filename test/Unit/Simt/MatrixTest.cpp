//===- MatrixTest.cpp - ldmatrix and mma.sync -----------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Fragments are laid out here by the formulas of the PTX ISA, element by
// element, and not as the executor does it.
//
//===----------------------------------------------------------------------===//

#include "SimtHarness.h"

#include <cmath>
#include <functional>
#include <random>

namespace {

using MatrixTest = SimtTest;

uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}

// Registers are read from [lane][10] and results written to [lane][4].
std::string multiplyKernel(const std::string &name, int ofA, int ofB,
                           const std::string &type) {
  std::string text = R"(
define ptx_kernel void @k(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr [10 x i32], ptr addrspace(1) %x, i32 %t
  %q = getelementptr [4 x float], ptr addrspace(1) %y, i32 %t
)";
  std::string arguments;
  for (int i = 0; i < 10; ++i) {
    bool isUsed = i < ofA || (i >= 4 && i < 4 + ofB) || i >= 6;
    if (!isUsed)
      continue;
    std::string n = std::to_string(i), t = i < 6 ? type : "float";
    text += "  %p" + n + " = getelementptr i32, ptr addrspace(1) %p, i32 " + n +
            "\n  %v" + n + " = load " + t + ", ptr addrspace(1) %p" + n +
            ", align 4\n";
    arguments += (arguments.empty() ? "" : ", ") + t + " %v" + n;
  }
  text += "  %r = call { float, float, float, float } @llvm.nvvm.mma." + name +
          "(" + arguments + ")\n";
  for (int i = 0; i < 4; ++i) {
    std::string n = std::to_string(i);
    text +=
        "  %r" + n + " = extractvalue { float, float, float, float } %r, " + n +
        "\n  %q" + n + " = getelementptr float, ptr addrspace(1) %q, i32 " + n +
        "\n  store float %r" + n + ", ptr addrspace(1) %q" + n + ", align 4\n";
  }
  return text + "  ret void\n}\n";
}

struct Operands {
  int depth;
  std::vector<float> a, b, c; // 16 x depth, depth x 8, 16 x 8
  Operands(int depth, std::function<float(float)> representable)
      : depth(depth), a(16 * depth), b(depth * 8), c(128) {
    std::mt19937 random(depth);
    std::uniform_real_distribution<float> uniform(-2, 2);
    for (auto *matrix : {&a, &b})
      for (float &value : *matrix)
        value = representable(uniform(random));
    for (float &value : c)
      value = uniform(random);
  }
  float product(int row, int column) const {
    double sum = c[8 * row + column];
    for (int k = 0; k < depth; ++k)
      sum += double(a[row * depth + k]) * b[k * 8 + column];
    return sum;
  }
  // ci: row groupID for i < 2, groupID + 8 otherwise; column
  // threadID_in_group * 2 + (i & 1).
  void check(const std::vector<float> &y) const {
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < 4; ++i) {
        int row = lane / 4 + (i < 2 ? 0 : 8);
        int column = lane % 4 * 2 + (i & 1);
        EXPECT_NEAR(y[4 * lane + i], product(row, column), 1e-5)
            << "row " << row << ", column " << column;
      }
  }
  void putAccumulators(std::vector<uint32_t> &x) const {
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < 4; ++i)
        x[10 * lane + 6 + i] = bitsOf(
            c[8 * (lane / 4 + (i < 2 ? 0 : 8)) + lane % 4 * 2 + (i & 1)]);
  }
};

float toBFloat(float value) {
  uint32_t bits = bitsOf(value) & 0xFFFF0000;
  std::memcpy(&value, &bits, 4);
  return value;
}

// Nonzero values between 2^-14 and 65504 only.
uint16_t halfBits(float value) {
  uint32_t bits = bitsOf(value);
  int exponent = int(bits >> 23 & 255) - 127 + 15;
  return (bits >> 16 & 0x8000) | exponent << 10 | (bits >> 13 & 1023);
}
float toHalf(float value) {
  if (std::fabs(value) < 1e-3f)
    value = 0.5f;
  uint32_t bits = bitsOf(value) & 0xFFFFE000;
  std::memcpy(&value, &bits, 4);
  return value;
}

// ai of m16n8k16: row groupID for 0 <= i < 2 || 4 <= i < 6, groupID + 8
// otherwise; column threadID_in_group * 2 + (i & 1) for i < 4, and 8 more for
// i >= 4. bi: row threadID_in_group * 2 + (i & 1) for i < 2, and 8 more for
// i >= 2; column groupID.
std::vector<uint32_t>
narrowFragments(const Operands &operands, int ofA, int ofB,
                const std::function<uint16_t(float)> &bits) {
  std::vector<uint32_t> x(320, 0xDEADBEEF);
  auto put = [&](int word, int half, float value) {
    uint32_t &target = x[word];
    target = half ? (target & 0xFFFF) | uint32_t(bits(value)) << 16
                  : (target & 0xFFFF0000) | bits(value);
  };
  for (int lane = 0; lane < 32; ++lane) {
    int groupID = lane / 4, threadInGroup = lane % 4;
    for (int i = 0; i < 2 * ofA; ++i) {
      int row = i < 2 || (4 <= i && i < 6) ? groupID : groupID + 8;
      int column = threadInGroup * 2 + (i & 1) + (i < 4 ? 0 : 8);
      put(10 * lane + i / 2, i % 2, operands.a[row * operands.depth + column]);
    }
    for (int i = 0; i < 2 * ofB; ++i) {
      int row = threadInGroup * 2 + (i & 1) + (i < 2 ? 0 : 8);
      put(10 * lane + 4 + i / 2, i % 2, operands.b[row * 8 + groupID]);
    }
  }
  operands.putAccumulators(x);
  return x;
}

TEST_F(MatrixTest, MultiplyBFloat16) {
  for (auto [name, depth] : {std::pair("m16n8k16.row.col.bf16", 16),
                             std::pair("m16n8k8.row.col.bf16", 8)}) {
    Operands operands(depth, toBFloat);
    CUfunction kernel = load(multiplyKernel(name, depth / 4, depth / 8, "i32"));
    Array<uint32_t> x(
        narrowFragments(operands, depth / 4, depth / 8,
                        [](float value) { return bitsOf(value) >> 16; }));
    inManyOrders([&] {
      Array<float> y(128);
      ASSERT_EQ(launch(kernel, {1, 32}, x.address, y.address), CUDA_SUCCESS);
      operands.check(y.values());
    });
  }
}

TEST_F(MatrixTest, MultiplyHalf) {
  Operands operands(16, toHalf);
  CUfunction kernel =
      load(multiplyKernel("m16n8k16.row.col.f32.f32", 4, 2, "<2 x half>"));
  Array<uint32_t> x(narrowFragments(operands, 4, 2, halfBits));
  Array<float> y(128);
  ASSERT_EQ(launch(kernel, {1, 32}, x.address, y.address), CUDA_SUCCESS);
  operands.check(y.values());
}

// m16n8k8 of tf32: a0 (groupID, threadID_in_group), a1 (+ 8, .), a2 (., + 4),
// a3 (+ 8, + 4); b0 (threadID_in_group, groupID), b1 (+ 4, .). The low bits of
// a register are whatever they are.
TEST_F(MatrixTest, MultiplyTensorFloat32) {
  Operands operands(8, toHalf);
  std::vector<uint32_t> fragments(320, 0xDEADBEEF);
  for (int lane = 0; lane < 32; ++lane) {
    int groupID = lane / 4, threadInGroup = lane % 4;
    for (int i = 0; i < 4; ++i) {
      int row = groupID + (i & 1 ? 8 : 0);
      int column = threadInGroup + (i & 2 ? 4 : 0);
      fragments[10 * lane + i] = bitsOf(operands.a[8 * row + column]) | 0x1FFF;
    }
    for (int i = 0; i < 2; ++i)
      fragments[10 * lane + 4 + i] =
          bitsOf(operands.b[8 * (threadInGroup + 4 * i) + groupID]) | lane;
  }
  operands.putAccumulators(fragments);
  CUfunction kernel = load(multiplyKernel("m16n8k8.row.col.tf32", 4, 2, "i32"));
  Array<uint32_t> x(fragments);
  Array<float> y(128);
  ASSERT_EQ(launch(kernel, {1, 32}, x.address, y.address), CUDA_SUCCESS);
  operands.check(y.values());
}

TEST_F(MatrixTest, MultiplyNeedsTheWholeWarp) {
  CUfunction kernel = load(multiplyKernel("m16n8k8.row.col.tf32", 4, 2, "i32"));
  Array<uint32_t> x(320);
  Array<float> y(128);
  EXPECT_TRUE(reports("names lane 16, which does not exist", kernel, {1, 16},
                      x.address, y.address));
}

// Matrix i is rows 8 i to 8 i + 7 of s, which are `stride` bytes apart; element
// (r, c) of matrix i is 100 i + 8 r + c.
std::string loadKernel(int count, bool transposed, int stride,
                       const std::string &barrier) {
  std::string results = count == 1 ? "i32" : "{ i32";
  for (int i = 1; i < count; ++i)
    results += ", i32";
  results += count == 1 ? "" : " }";
  std::string text = R"(
@s = internal addrspace(3) global [2048 x i8] undef, align 16
define ptx_kernel void @k(ptr addrspace(1) %x, ptr addrspace(1) %y, i32 %offset) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %src = getelementptr <8 x i16>, ptr addrspace(1) %x, i32 %t
  %row = load <8 x i16>, ptr addrspace(1) %src, align 16
  %o = mul i32 %t, STRIDE
  %p = getelementptr i8, ptr addrspace(3) @s, i32 %o
  store <8 x i16> %row, ptr addrspace(3) %p, align 16
  BARRIER
  %po = getelementptr i8, ptr addrspace(3) %p, i32 %offset
  %r = call RESULTS @llvm.nvvm.ldmatrix.sync.aligned.m8n8.xCOUNT.TRANSb16.p3(ptr addrspace(3) %po)
  %q = getelementptr [4 x i32], ptr addrspace(1) %y, i32 %t
)";
  text = replaced(text, "STRIDE", std::to_string(stride));
  text = replaced(text, "BARRIER", barrier);
  text = replaced(text, "RESULTS", results);
  text = replaced(text, "COUNT", std::to_string(count));
  text = replaced(text, "TRANS", transposed ? "trans." : "");
  for (int i = 0; i < count; ++i) {
    std::string n = std::to_string(i);
    if (count > 1)
      text += "  %r" + n + " = extractvalue " + results + " %r, " + n + "\n";
    text += "  %q" + n + " = getelementptr i32, ptr addrspace(1) %q, i32 " + n +
            "\n  store i32 %r" + (count > 1 ? n : "") +
            ", ptr addrspace(1) %q" + n + ", align 4\n";
  }
  return text + "  ret void\n}\n";
}

const char blockBarrier[] =
    "call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)";

std::vector<uint16_t> rowsOfMatrices() {
  std::vector<uint16_t> x(32 * 8);
  for (int t = 0; t < 32; ++t)
    for (int c = 0; c < 8; ++c)
      x[8 * t + c] = 100 * (t / 8) + 8 * (t % 8) + c;
  return x;
}

TEST_F(MatrixTest, LoadMatrices) {
  for (int count : {1, 2, 4})
    for (bool transposed : {false, true})
      for (int stride : {16, 48}) {
        CUfunction kernel =
            load(loadKernel(count, transposed, stride, blockBarrier));
        Array<uint16_t> x(rowsOfMatrices());
        Array<uint32_t> y(128);
        ASSERT_EQ(launch(kernel, {1, 32}, x.address, y.address, 0),
                  CUDA_SUCCESS);
        std::vector<uint32_t> values = y.values();
        // Thread t holds row t / 4, elements 2 (t % 4) and the next.
        for (int t = 0; t < 32; ++t)
          for (int i = 0; i < count; ++i)
            for (int h = 0; h < 2; ++h) {
              int major = t / 4, minor = 2 * (t % 4) + h;
              int expected = 100 * i + (transposed ? 8 * minor + major
                                                   : 8 * major + minor);
              EXPECT_EQ(values[4 * t + i] >> 16 * h & 0xFFFF, expected);
            }
      }
}

TEST_F(MatrixTest, LoadMatricesNeedsABarrierAndAlignedRows) {
  Array<uint16_t> x(rowsOfMatrices());
  Array<uint32_t> y(128);
  CUfunction ordered = load(
      loadKernel(4, false, 16, "call void @llvm.nvvm.bar.warp.sync(i32 -1)"));
  ASSERT_EQ(launch(ordered, {1, 32}, x.address, y.address, 0), CUDA_SUCCESS);
  EXPECT_TRUE(reports("race: read of 16 bytes",
                      load(loadKernel(4, false, 16, "")), {1, 32}, x.address,
                      y.address, 0));
  TearDown();
  SetUp();
  Array<uint16_t> again(rowsOfMatrices());
  Array<uint32_t> result(128);
  EXPECT_TRUE(reports("misaligned: read of 16 bytes",
                      load(loadKernel(4, false, 16, blockBarrier)), {1, 32},
                      again.address, result.address, 8));
}

} // namespace
