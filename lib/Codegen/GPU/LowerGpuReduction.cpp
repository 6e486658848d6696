//===- LowerGpuReduction.cpp - Kernels with reductions on a GPU -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The pass around GpuReductionEmitter.
//
//===----------------------------------------------------------------------===//

#include "GpuReductionEmitter.h"
#include "auxact/Codegen/GPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_LOWERGPUREDUCTION
#include "auxact/Codegen/GPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact::codegen;

namespace {

struct LowerGpuReduction
    : public auxact::impl::LowerGpuReductionBase<LowerGpuReduction> {
  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!isTensorKernel(kernel))
        continue;
      auto form = analyzeKernel(kernel);
      if (failed(form))
        return signalPassFailure();
      if (!form->reductions.empty() &&
          failed(auxact::device::GpuReductionEmitter(kernel, *form).emit()))
        return signalPassFailure();
    }
  }
};

} // namespace
