//===- Math.cpp - Arithmetic that the host has no instruction for ---------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include <cfenv>
#include <cmath>
#include <cstring>

using namespace auxact::simt;

static uint32_t asBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}

static float asFloat(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

// Compiled with -frounding-math: the operation stays between the two calls.
template <typename T>
static T rounded(uint32_t operation, uint32_t mode, T a, T b, T c) {
  static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD,
                              FE_UPWARD};
  int before = std::fegetround();
  std::fesetround(modes[mode]);
  volatile T result = 0;
  switch (Arithmetic(operation)) {
  case Arithmetic::Add:
    result = a + b;
    break;
  case Arithmetic::Multiply:
    result = a * b;
    break;
  case Arithmetic::Divide:
    result = a / b;
    break;
  case Arithmetic::FusedMultiplyAdd:
    result = std::fma(a, b, c);
    break;
  case Arithmetic::SquareRoot:
    result = std::sqrt(a);
    break;
  }
  std::fesetround(before);
  return result;
}

float auxact::simt::auxactSimtRoundedFloat(uint32_t operation, uint32_t mode,
                                           float a, float b, float c) {
  return rounded(operation, mode, a, b, c);
}

double auxact::simt::auxactSimtRoundedDouble(uint32_t operation, uint32_t mode,
                                             double a, double b, double c) {
  return rounded(operation, mode, a, b, c);
}

// prmt: each byte of the result is one of the eight of (b, a), or its sign.
uint32_t auxact::simt::auxactSimtPermute(uint32_t a, uint32_t b,
                                         uint32_t selector) {
  uint64_t bytes = uint64_t(b) << 32 | a;
  uint32_t result = 0;
  for (int i = 0; i < 4; ++i) {
    uint32_t choice = selector >> 4 * i & 15;
    uint32_t byte = bytes >> 8 * (choice & 7) & 255;
    if (choice & 8)
      byte = byte & 128 ? 255 : 0;
    result |= byte << 8 * i;
  }
  return result;
}

// cvt.rna.tf32.f32 (ties away from zero) and cvt.rn.tf32.f32 (ties to even).
uint32_t auxact::simt::auxactSimtTensorFloat(float value, uint32_t toEven) {
  uint32_t bits = asBits(value);
  if (!std::isfinite(value))
    return bits & 0xFFFFE000;
  uint32_t half = toEven ? 0xFFF + (bits >> 13 & 1) : 0x1000;
  return (bits + half) & 0xFFFFE000;
}

// The result's bits are the low half of the register that returns a float,
// where compiled code expects a bfloat.
float auxact::simt::auxactSimtTruncateToBFloat(float value) {
  uint32_t bits = asBits(value);
  if (std::isnan(value))
    return asFloat(bits >> 16 | 0x40);
  return asFloat((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}
