//===- LowerGpuContraction.cpp - Kernels with a contraction ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The pass around ContractionEmitter.
//
//===----------------------------------------------------------------------===//

#include "ContractionEmitter.h"
#include "auxact/Codegen/GPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_LOWERGPUCONTRACTION
#include "auxact/Codegen/GPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact::codegen;
using namespace mlir::auxact::device;

namespace {

struct LowerGpuContraction
    : public auxact::impl::LowerGpuContractionBase<LowerGpuContraction> {
  using LowerGpuContractionBase::LowerGpuContractionBase;

  LogicalResult lower(func::FuncOp kernel, const KernelForm &form) {
    auto chosen =
        chooseContraction(shapeOf(form.contraction), chip, strategy, splits);
    if (!chosen)
      return kernel.emitError("no strategy '")
             << strategy << "' for such a contraction on chip '" << chip << "'";
    return ContractionEmitter(kernel, form, *chosen).emit();
  }

  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!isTensorKernel(kernel))
        continue;
      auto form = analyzeKernel(kernel);
      if (failed(form))
        return signalPassFailure();
      if (form->kind == KernelKind::Contraction && failed(lower(kernel, *form)))
        return signalPassFailure();
    }
  }
};

} // namespace
