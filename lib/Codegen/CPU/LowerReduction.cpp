//===- LowerReduction.cpp - Kernels with reductions -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The pass around ReductionEmitter.
//
//===----------------------------------------------------------------------===//

#include "ReductionEmitter.h"
#include "auxact/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_LOWERREDUCTION
#include "auxact/Codegen/CPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact::cpu;

namespace {

struct LowerReduction
    : public auxact::impl::LowerReductionBase<LowerReduction> {
  using LowerReductionBase::LowerReductionBase;

  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!isTensorKernel(kernel))
        continue;
      auto form = analyzeKernel(kernel);
      if (failed(form))
        return signalPassFailure();
      if (!form->reductions.empty() &&
          failed(ReductionEmitter(kernel, *form, vectorBits).emit()))
        return signalPassFailure();
    }
  }
};

} // namespace
