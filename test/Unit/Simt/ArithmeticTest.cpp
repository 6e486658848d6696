//===- ArithmeticTest.cpp - Arithmetic intrinsics against the C library ---===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "SimtHarness.h"

#include <cfenv>
#include <cmath>
#include <functional>

namespace {

using ArithmeticTest = SimtTest;

const std::vector<float> inputs = {
    0.0f,    -0.0f, 1.0f,   -1.5f,   2.5f,  -2.5f,     3.1416f, 1e-3f,
    -40.25f, 88.0f, 1e-40f, -3e-39f, 1e30f, 0x1p-126f, 7.0f,    0.3333333f};

// y[i] = f(x[i], x[i + 1], x[i + 2]), as many as f takes.
std::vector<float> applied(CUfunction kernel,
                           const std::vector<float> &values) {
  Array<float> x(values), y(values.size() - 2);
  void *arguments[] = {&x.address, &y.address};
  EXPECT_EQ(cuLaunchKernel(kernel, 1, 1, 1, values.size() - 2, 1, 1, 0, nullptr,
                           arguments, nullptr),
            CUDA_SUCCESS);
  return y.values();
}

std::string kernelOf(const std::string &name, int operands,
                     const std::string &after = "") {
  std::string text = R"(
define ptx_kernel void @k(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %q = getelementptr float, ptr addrspace(1) %y, i32 %t
)";
  std::string arguments;
  for (int i = 0; i < operands; ++i) {
    std::string n = std::to_string(i);
    text += "  %i" + n + " = add i32 %t, " + n + "\n  %p" + n +
            " = getelementptr float, ptr addrspace(1) %x, i32 %i" + n +
            "\n  %v" + n + " = load float, ptr addrspace(1) %p" + n +
            ", align 4\n";
    arguments += (i ? ", float %v" : "float %v") + n;
  }
  bool isWhole = !after.empty();
  text += std::string("  %r = call ") + (isWhole ? after : "float") +
          " @llvm.nvvm." + name + "(" + arguments + ")\n  store " +
          (isWhole ? after : "float") + " %r, ptr addrspace(1) %q, align 4\n";
  return text + "  ret void\n}\n";
}

float flushed(float value) {
  return std::fabs(value) < 0x1p-126f ? std::copysign(0.0f, value) : value;
}

template <typename Function>
float roundedBy(int mode, Function function) {
  std::fesetround(mode);
  volatile float result = function();
  std::fesetround(FE_TONEAREST);
  return result;
}

void expectSame(float got, float expected, float tolerance,
                const std::string &name) {
  if (std::isnan(expected))
    EXPECT_TRUE(std::isnan(got)) << name;
  else if (std::isinf(expected) || expected == 0)
    EXPECT_EQ(got, expected) << name;
  else
    EXPECT_NEAR(got / expected, 1.0f, tolerance) << name << " " << expected;
}

TEST_F(ArithmeticTest, OfOneOperand) {
  using Function = float (*)(float);
  const std::pair<const char *, Function> cases[] = {
      {"ex2.approx.f", [](float x) { return std::exp2(x); }},
      {"ex2.approx.ftz.f",
       [](float x) { return flushed(std::exp2(flushed(x))); }},
      {"lg2.approx.f", [](float x) { return std::log2(x); }},
      {"rcp.rn.f", [](float x) { return 1 / x; }},
      {"rcp.approx.ftz.f", [](float x) { return flushed(1 / flushed(x)); }},
      {"sqrt.rn.f", [](float x) { return std::sqrt(x); }},
      {"sqrt.approx.f", [](float x) { return std::sqrt(x); }},
      {"rsqrt.approx.f", [](float x) { return 1 / std::sqrt(x); }},
      {"sin.approx.f", [](float x) { return std::sin(x); }},
      {"cos.approx.f", [](float x) { return std::cos(x); }},
      {"floor.f", [](float x) { return std::floor(x); }},
      {"ceil.f", [](float x) { return std::ceil(x); }},
      {"trunc.f", [](float x) { return std::trunc(x); }},
      {"round.f", [](float x) { return std::nearbyint(x); }},
      {"fabs.f32", [](float x) { return std::fabs(x); }},
      {"saturate.f",
       [](float x) { return std::fmin(std::fmax(x, 0.0f), 1.0f); }},
  };
  for (auto [name, function] : cases) {
    std::vector<float> y = applied(load(kernelOf(name, 1)), inputs);
    for (size_t i = 0; i < y.size(); ++i)
      expectSame(y[i], function(inputs[i]), 1e-6, name);
  }
}

TEST_F(ArithmeticTest, OfSeveralOperands) {
  using Function = std::function<float(float, float, float)>;
  struct Case {
    const char *name;
    int operands;
    Function function;
  };
  auto fma = [](float x, float y, float z) { return std::fma(x, y, z); };
  const Case cases[] = {
      {"add.rn.f", 2, [](float x, float y, float) { return x + y; }},
      {"mul.rn.ftz.f", 2,
       [](float x, float y, float) {
         return flushed(flushed(x) * flushed(y));
       }},
      {"div.rn.f", 2, [](float x, float y, float) { return x / y; }},
      {"fma.rn.f", 3, fma},
      {"fma.rm.f", 3,
       [=](float x, float y, float z) {
         return roundedBy(FE_DOWNWARD, [&] { return fma(x, y, z); });
       }},
      {"fma.rp.f", 3,
       [=](float x, float y, float z) {
         return roundedBy(FE_UPWARD, [&] { return fma(x, y, z); });
       }},
      {"fmax.f", 2, [](float x, float y, float) { return std::fmax(x, y); }},
      {"fmin.f", 2, [](float x, float y, float) { return std::fmin(x, y); }},
  };
  for (const Case &test : cases) {
    std::vector<float> y =
        applied(load(kernelOf(test.name, test.operands)), inputs);
    for (size_t i = 0; i < y.size(); ++i)
      expectSame(y[i], test.function(inputs[i], inputs[i + 1], inputs[i + 2]),
                 0, test.name);
  }
}

// As libdevice has it.
TEST_F(ArithmeticTest, WrittenAsAssembly) {
  std::string text = kernelOf("rcp.approx.ftz.f", 1);
  text = replaced(text, "@llvm.nvvm.rcp.approx.ftz.f",
                  "asm \"rcp.approx.ftz.f32 $0,$1;\", \"=f,f\"");
  std::vector<float> y = applied(load(text), inputs);
  for (size_t i = 0; i < y.size(); ++i)
    expectSame(y[i], flushed(1 / flushed(inputs[i])), 0, "rcp");
  text = replaced(kernelOf("add.rn.f", 2), "@llvm.nvvm.add.rn.f",
                  "asm \"sub.rz.f32 $0, $1, $2;\", \"=f,f,f\"");
  y = applied(load(text), inputs);
  for (size_t i = 0; i < y.size(); ++i)
    EXPECT_EQ(y[i], roundedBy(FE_TOWARDZERO,
                              [&] { return inputs[i] - inputs[i + 1]; }));
}

TEST_F(ArithmeticTest, ToWholeNumbersAndTensorFloats) {
  auto bitsOf = [](const std::vector<float> &values) {
    std::vector<int> bits(values.size());
    std::memcpy(bits.data(), values.data(), 4 * bits.size());
    return bits;
  };
  std::vector<float> values = {2.5f, -2.5f, 3.5f, 1e20f, -0.7f, NAN, 0, 0};
  auto converted = [&](const char *name) {
    return bitsOf(applied(load(kernelOf(name, 1, "i32")), values));
  };
  int most = 2147483647;
  EXPECT_EQ(converted("f2i.rn"), (std::vector<int>{2, -2, 4, most, -1, 0}));
  EXPECT_EQ(converted("f2i.rz"), (std::vector<int>{2, -2, 3, most, 0, 0}));
  EXPECT_EQ(converted("f2i.rm"), (std::vector<int>{2, -3, 3, most, -1, 0}));
  EXPECT_EQ(converted("f2ui.rp"), (std::vector<int>{3, 0, 4, -1, 0, 0}));
  // Halfway between two: away from zero, and to the even one.
  auto at = [](uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
  };
  values = {
      at(0x3F801000), at(0xBF801000), at(0x3F803000), at(0x3F800FFF), 0, 0};
  EXPECT_EQ(
      converted("f2tf32.rna"),
      (std::vector<int>{0x3F802000, int(0xBF802000), 0x3F804000, 0x3F800000}));
  EXPECT_EQ(
      converted("f2tf32.rn"),
      (std::vector<int>{0x3F800000, int(0xBF800000), 0x3F804000, 0x3F800000}));
}

TEST_F(ArithmeticTest, BFloat16RoundsToEven) {
  CUfunction kernel = load(R"(
define ptx_kernel void @k(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr float, ptr addrspace(1) %x, i32 %t
  %q = getelementptr float, ptr addrspace(1) %y, i32 %t
  %v = load float, ptr addrspace(1) %p, align 4
  %h = fptrunc float %v to bfloat
  %w = fpext bfloat %h to float
  store float %w, ptr addrspace(1) %q, align 4
  ret void
})");
  std::vector<float> values = {1.0f,      1.00390625f, 1.01171875f,
                               -3.14159f, NAN,         INFINITY,
                               0x1p-130f, 0,           0};
  std::vector<float> y = applied(kernel, values);
  EXPECT_EQ(y[0], 1.0f);
  EXPECT_EQ(y[1], 1.0f);
  EXPECT_EQ(y[2], 1.015625f);
  EXPECT_EQ(y[3], -3.140625f);
  EXPECT_TRUE(std::isnan(y[4]));
  EXPECT_EQ(y[5], INFINITY);
  EXPECT_EQ(y[6], 0x1p-130f) << "subnormal numbers stay";
}

} // namespace
