//===- LowerGpuAttention.cpp - Kernels of attention on a GPU --------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The pass around GpuAttentionForward and GpuAttentionBackward.
//
//===----------------------------------------------------------------------===//

#include "GpuAttentionEmitter.h"
#include "auxact/Codegen/GPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_LOWERGPUATTENTION
#include "auxact/Codegen/GPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;
using namespace mlir::auxact::codegen;

namespace {

struct LowerGpuAttention
    : public auxact::impl::LowerGpuAttentionBase<LowerGpuAttention> {
  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!isTensorKernel(kernel))
        continue;
      auto form = analyzeKernel(kernel);
      if (failed(form))
        return signalPassFailure();
      if (isa_and_nonnull<AttentionOp>(form->standalone))
        device::GpuAttentionForward(kernel, *form).emit();
      else if (isa_and_nonnull<AttentionGradOp>(form->standalone))
        device::GpuAttentionBackward(kernel, *form).emit();
    }
  }
};

} // namespace
