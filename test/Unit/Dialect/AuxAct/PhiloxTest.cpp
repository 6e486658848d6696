//===- PhiloxTest.cpp - Known answers of the random numbers ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/Philox.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <gtest/gtest.h>

using namespace mlir;

namespace {

using Words = std::array<uint32_t, 4>;

/// Builds the words of constants and folds them.
Words evaluate(const Words &counter, std::array<uint32_t, 2> key) {
  MLIRContext context;
  context.loadDialect<arith::ArithDialect, func::FuncDialect>();
  OpBuilder b(&context);
  Location loc = b.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  b.setInsertionPointToEnd(module->getBody());
  Type word = b.getI32Type();
  auto func = func::FuncOp::create(
      b, loc, "words", b.getFunctionType({}, {word, word, word, word}));
  b.setInsertionPointToStart(func.addEntryBlock());
  auto constant = [&](uint32_t value) -> Value {
    return arith::ConstantOp::create(
        b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  };
  std::array<Value, 4> counters;
  for (size_t i = 0; i < 4; ++i)
    counters[i] = constant(counter[i]);
  std::array<Value, 4> words = auxact::buildPhilox(
      b, loc, counters, {constant(key[0]), constant(key[1])});
  func::ReturnOp::create(b, loc, words);
  PassManager pm(&context);
  pm.addPass(createCanonicalizerPass());
  EXPECT_TRUE(succeeded(pm.run(*module)));
  Words result{};
  Operation *terminator = func.getBody().front().getTerminator();
  for (size_t i = 0; i < 4; ++i) {
    APInt value;
    EXPECT_TRUE(matchPattern(terminator->getOperand(i), m_ConstantInt(&value)));
    result[i] = static_cast<uint32_t>(value.getZExtValue());
  }
  return result;
}

// The vectors for philox4x32-10 of Random123's distribution (kat_vectors).
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(evaluate({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(evaluate({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                     {0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(evaluate({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                     {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

} // namespace
