//===- MeasureGpuKernels.cpp - Grids and scratch of kernels ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Planning needs to know how much scratch a kernel takes; only its lowering
// knows.
//
//===----------------------------------------------------------------------===//

#include "Grids.h"
#include "auxact/Codegen/GPU/CompileKernel.h"
#include "auxact/Codegen/GPU/Passes.h"
#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_MEASUREGPUKERNELS
#include "auxact/Codegen/GPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct MeasureGpuKernels
    : mlir::auxact::impl::MeasureGpuKernelsBase<MeasureGpuKernels> {
  using MeasureGpuKernelsBase::MeasureGpuKernelsBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    OpPassManager pipeline(ModuleOp::getOperationName());
    buildGpuLoweringPipeline(pipeline, GpuKernelOptions());
    pipeline.getDependentDialects(registry);
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto target = GpuTarget::named(chip);
    if (!target) {
      module.emitError(llvm::toString(target.takeError()));
      return signalPassFailure();
    }
    GpuKernelOptions options;
    options.chip = target->chip;
    OpPassManager pipeline(ModuleOp::getOperationName());
    buildGpuLoweringPipeline(pipeline, options);
    for (auto kernel : module.getOps<func::FuncOp>())
      if (kernel->hasAttr(attrs::kernel) && failed(measure(kernel, pipeline)))
        return signalPassFailure();
  }

  LogicalResult measure(func::FuncOp kernel, OpPassManager &pipeline) {
    ModuleOp module = getOperation();
    // A pass may run a pipeline only on what lies under its own operation.
    OwningOpRef<ModuleOp> copy = ModuleOp::create(kernel.getLoc());
    copy->push_back(kernel->clone());
    module.push_back(copy.release());
    auto lowered = cast<ModuleOp>(module.getBody()->back());
    LogicalResult result = runPipeline(pipeline, lowered);
    auto devices = lowered.getOps<gpu::GPUModuleOp>();
    if (succeeded(result) && !devices.empty()) {
      Builder b(module.getContext());
      kernel->setAttr(attrs::tasks, b.getI64IntegerAttr(1));
      kernel->setAttr(
          attrs::workspaceBytes,
          b.getI64IntegerAttr(device::workspaceBytesOf(*devices.begin())));
      kernel->setAttr(
          "auxact.grids",
          b.getI64IntegerAttr(device::gridsOf(*devices.begin()).size()));
    }
    lowered.erase();
    return result;
  }
};

} // namespace
