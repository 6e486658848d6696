//===- OperationsTest.cpp - What every operation must say -----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Goes through all registered operations of the dialect.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"
#include "auxact/InitAll.h"
#include "auxact/Interfaces/DifferentiableOpInterface.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// A layer for which nobody wrote a gradient, and nobody said that it needs
/// none, would be found by a user; this finds it first.
TEST(Operations, AreDifferentiableOrMarked) {
  DialectRegistry registry;
  registerAllAuxAct(registry);
  MLIRContext context(registry);
  context.getOrLoadDialect<AuxActDialect>();

  unsigned seen = 0;
  for (RegisteredOperationName name : context.getRegisteredOperations()) {
    if (name.getDialectNamespace() != AuxActDialect::getDialectNamespace())
      continue;
    ++seen;
    bool differentiable = name.hasInterface<DifferentiableOpInterface>();
    bool marked = name.hasTrait<auxact::OpTrait::NonDifferentiable>();
    EXPECT_TRUE(differentiable || marked)
        << name.getStringRef().str()
        << " neither implements DifferentiableOpInterface nor is marked "
           "NonDifferentiable";
    EXPECT_FALSE(differentiable && marked)
        << name.getStringRef().str()
        << " implements DifferentiableOpInterface and is marked "
           "NonDifferentiable";
  }
  EXPECT_GE(seen, 7u) << "the dialect registered almost no operation";
}

} // namespace
