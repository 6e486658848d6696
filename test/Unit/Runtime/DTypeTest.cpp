//===- DTypeTest.cpp - Element types --------------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/DType.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

using namespace auxact::runtime;

namespace {

float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

TEST(DTypeTest, NamesAreReadBack) {
  for (DType dtype :
       {DType::f32, DType::bf16, DType::f64, DType::i32, DType::i64, DType::i8})
    EXPECT_EQ(parseDType(dtypeName(dtype)), dtype);
  EXPECT_EQ(parseDType("f16"), std::nullopt);
  EXPECT_EQ(dtypeBytes(DType::bf16), 2);
}

TEST(DTypeTest, BFloat16RoundsToNearestEven) {
  EXPECT_EQ(toBFloat16(1.0f), 0x3F80);
  EXPECT_EQ(toBFloat16(-1.0f), 0xBF80);
  // Below, at and above the middle of two neighbours, the lower of them even...
  EXPECT_EQ(toBFloat16(fromBits(0x3F807FFF)), 0x3F80);
  EXPECT_EQ(toBFloat16(fromBits(0x3F808000)), 0x3F80);
  EXPECT_EQ(toBFloat16(fromBits(0x3F808001)), 0x3F81);
  // ... and odd.
  EXPECT_EQ(toBFloat16(fromBits(0x3F818000)), 0x3F82);
  // The largest float32 is nearer to infinity than to any bf16.
  EXPECT_EQ(toBFloat16(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_EQ(toBFloat16(std::numeric_limits<float>::denorm_min()), 0x0000);
  EXPECT_EQ(toBFloat16(fromBits(0x00018000)), 0x0002);
}

TEST(DTypeTest, BFloat16KeepsNaN) {
  // Rounded like a number, the first would be infinite and the second 0.
  EXPECT_EQ(toBFloat16(fromBits(0x7F800001)), 0x7FC0);
  EXPECT_EQ(toBFloat16(fromBits(0xFFFFFFFF)), 0xFFFF);
}

} // namespace
