//===- LowerAttention.cpp - Kernels of attention --------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The pass around AttentionForward and AttentionBackward.
//
//===----------------------------------------------------------------------===//

#include "AttentionEmitter.h"
#include "auxact/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_LOWERATTENTION
#include "auxact/Codegen/CPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;
using namespace mlir::auxact::cpu;

namespace {

struct LowerAttention
    : public auxact::impl::LowerAttentionBase<LowerAttention> {
  using LowerAttentionBase::LowerAttentionBase;

  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!isTensorKernel(kernel))
        continue;
      auto form = analyzeKernel(kernel);
      if (failed(form))
        return signalPassFailure();
      LogicalResult lowered = success();
      if (isa_and_nonnull<AttentionOp>(form->standalone))
        lowered = AttentionForward(kernel, *form, vectorBits).emit();
      else if (isa_and_nonnull<AttentionGradOp>(form->standalone))
        lowered = AttentionBackward(kernel, *form, vectorBits).emit();
      if (failed(lowered))
        return signalPassFailure();
    }
  }
};

} // namespace
