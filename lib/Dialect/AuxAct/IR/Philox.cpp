//===- Philox.cpp - Random numbers as a function of a counter -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/Philox.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::auxact;

static Value constant(OpBuilder &b, Location loc, uint32_t value) {
  return arith::ConstantOp::create(
      b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
}

/// High and low word of a product. Through i64, which vector units have a
/// multiplication of two i32 for.
static std::pair<Value, Value> multiply(OpBuilder &b, Location loc,
                                        uint32_t factor, Value value) {
  Type word = b.getI32Type(), twoWords = b.getI64Type();
  Value wide = arith::ExtUIOp::create(b, loc, twoWords, value);
  Value product = arith::MulIOp::create(
      b, loc, wide,
      arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(factor)));
  Value shift = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(32));
  Value high = arith::TruncIOp::create(
      b, loc, word, arith::ShRUIOp::create(b, loc, product, shift));
  return {high, arith::TruncIOp::create(b, loc, word, product)};
}

std::array<Value, 4> mlir::auxact::buildPhilox(OpBuilder &b, Location loc,
                                               std::array<Value, 4> counter,
                                               std::array<Value, 2> key) {
  auto [x0, x1, x2, x3] = counter;
  auto [k0, k1] = key;
  auto exclusiveOr = [&](Value lhs, Value rhs) -> Value {
    return arith::XOrIOp::create(b, loc, lhs, rhs);
  };
  for (int round = 0; round < 10; ++round) {
    if (round > 0) {
      k0 = arith::AddIOp::create(b, loc, k0, constant(b, loc, 0x9E3779B9));
      k1 = arith::AddIOp::create(b, loc, k1, constant(b, loc, 0xBB67AE85));
    }
    auto [high0, low0] = multiply(b, loc, 0xD2511F53, x0);
    auto [high2, low2] = multiply(b, loc, 0xCD9E8D57, x2);
    x0 = exclusiveOr(exclusiveOr(high2, x1), k0);
    x2 = exclusiveOr(exclusiveOr(high0, x3), k1);
    x1 = low2;
    x3 = low0;
  }
  return {x0, x1, x2, x3};
}

Value mlir::auxact::buildRandomWord(OpBuilder &b, Location loc, Value index,
                                    ValueRange source) {
  Value zero = constant(b, loc, 0);
  return buildPhilox(b, loc, {index, source[1], source[2], zero},
                     {source[0], zero})[0];
}
