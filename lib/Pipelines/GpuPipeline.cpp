//===- GpuPipeline.cpp - From a model or kernels to PTX -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// For looking at code: a module that holds a model goes through the stages of
// training first, one that holds kernels does not.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/GPU/Passes.h"
#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"
#include "auxact/Pipelines/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// Whether a module holds a model is seen only when the pipeline runs.
struct KernelsOfModel
    : public PassWrapper<KernelsOfModel, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(KernelsOfModel)

  explicit KernelsOfModel(OpPassManager stages) : stages(std::move(stages)) {}

  StringRef getArgument() const override { return "auxact-kernels-of-model"; }
  StringRef getDescription() const override {
    return "Run the stages of training on a module without kernels";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    stages.getDependentDialects(registry);
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    bool hasKernels =
        llvm::any_of(module.getOps<func::FuncOp>(), [](func::FuncOp function) {
          return function->hasAttr(attrs::kernel);
        });
    if (!hasKernels && failed(runPipeline(stages, module)))
      signalPassFailure();
  }

  OpPassManager stages;
};

} // namespace

void mlir::auxact::buildGpuPipeline(OpPassManager &pm,
                                    const GpuPipelineOptions &options) {
  OpPassManager stages(ModuleOp::getOperationName());
  buildModelStage(stages, options);
  buildStepStage(stages, options);
  buildLinalgStage(stages, options);
  buildKernelsStage(stages, options);
  pm.addPass(std::make_unique<KernelsOfModel>(std::move(stages)));
  GpuKernelOptions kernels;
  kernels.chip = options.chip;
  kernels.toolkit = options.toolkit;
  buildGpuKernelPipeline(pm, kernels);
}
