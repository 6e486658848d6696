//===- SetEvaluationMode.cpp - From training to evaluation ----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Replace operations that evaluation does not do as training does.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_SETEVALUATIONMODE
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct SetEvaluationMode
    : auxact::impl::SetEvaluationModeBase<SetEvaluationMode> {
  void runOnOperation() override {
    SmallVector<ModeDependentOpInterface> ops;
    getOperation().walk(
        [&](ModeDependentOpInterface op) { ops.push_back(op); });
    for (ModeDependentOpInterface op : ops) {
      OpBuilder builder(op);
      SmallVector<Value> replacements;
      op.buildEvaluation(builder, replacements);
      op->replaceAllUsesWith(replacements);
      op->erase();
    }
  }
};

} // namespace
