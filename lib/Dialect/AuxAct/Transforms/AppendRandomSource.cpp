//===- AppendRandomSource.cpp - Say where random numbers come from --------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Give operations that draw random numbers their seed, step and number.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"
#include "auxact/Dialect/AuxAct/Transforms/RandomSource.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_APPENDRANDOMSOURCE
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct AppendRandomSource
    : auxact::impl::AppendRandomSourceBase<AppendRandomSource> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    func.walk([&](RandomOpInterface op) {
      MutableOperandRange source = op.getRandomSourceMutable();
      if (source.empty())
        source.assign(appendRandomSource(func));
    });
  }
};

} // namespace
