//===- TrainPipeline.cpp - From a model to a program, stage by stage ------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From a model to a program, stage by stage.
//
//===----------------------------------------------------------------------===//

#include "auxact/Pipelines/Pipelines.h"

#include "auxact/Codegen/CPU/Passes.h"
#include "auxact/Codegen/GPU/Passes.h"
#include "auxact/Conversion/AuxActToLinalg/Passes.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"
#include "auxact/Dialect/AuxAct/Transforms/Precision.h"
#include "auxact/Runtime/ProgramSpec.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::auxact;

static void addCleanup(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void mlir::auxact::buildModelStage(OpPassManager &pm,
                                   const TrainPipelineOptions &options) {
  if (options.batch > 0) {
    SetBatchSizeOptions batch;
    batch.batch = options.batch;
    pm.addNestedPass<func::FuncOp>(createSetBatchSize(batch));
  }
  if (!options.loss.empty()) {
    AppendLossOptions loss;
    loss.loss = options.loss;
    loss.labelSmoothing = options.labelSmoothing;
    pm.addNestedPass<func::FuncOp>(createAppendLoss(loss));
  }
  // Before anything is derived from a layer: what is derived inherits the name.
  pm.addNestedPass<func::FuncOp>(createNameLayers());
  // Without rules as well: it wires the tensors that the model's own rules
  // share.
  AssignRulesOptions rules;
  rules.rules = options.rules;
  rules.rulesFile = options.rulesFile;
  pm.addNestedPass<func::FuncOp>(createAssignRules(rules));
  pm.addNestedPass<func::FuncOp>(createAnnotateEntry());
  pm.addPass(createVerifyModelStage());
}

/// Entries that only compute what the model puts out.
static bool isForwardOnly(StringRef entry) {
  return entry.starts_with("predict") || entry.starts_with("evaluate");
}

void mlir::auxact::buildStepStage(OpPassManager &pm,
                                  const TrainPipelineOptions &options) {
  SelectEntryOptions select;
  select.entry = options.entry;
  StringRef entry = options.entry.getValue();
  select.readOnly = entry != "step" && entry != "accumulate";
  if (isForwardOnly(entry)) {
    pm.addNestedPass<func::FuncOp>(createSetEvaluationMode());
    pm.addNestedPass<func::FuncOp>(createApplyForwardRules());
    select.outputs = {"prediction"};
    if (entry.starts_with("evaluate"))
      select.outputs = {"loss", "prediction"};
  } else {
    pm.addNestedPass<func::FuncOp>(createAppendRandomSource());
    DifferentiateOptions differentiate;
    differentiate.indicators = options.entry == "indicators";
    pm.addNestedPass<func::FuncOp>(createDifferentiate(differentiate));
    pm.addNestedPass<func::FuncOp>(createCheckpointBlocks());
    select.outputs = {"loss"};
  }
  if (entry == "accumulate" || (entry == "step" && options.accumulate)) {
    AccumulateGradientsOptions accumulate;
    accumulate.finish = entry == "step";
    pm.addNestedPass<func::FuncOp>(createAccumulateGradients(accumulate));
  }
  if (entry == "step") {
    AppendOptimizerOptions optimizer;
    optimizer.optimizer = options.optimizer;
    optimizer.momentum = options.momentum;
    optimizer.nesterov = options.nesterov;
    optimizer.weightDecay = options.weightDecay;
    optimizer.beta1 = options.beta1;
    optimizer.beta2 = options.beta2;
    optimizer.epsilon = options.eps;
    optimizer.maxGradNorm = options.clipGradNorm;
    optimizer.averageDecay = options.averageDecay;
    pm.addNestedPass<func::FuncOp>(createAppendOptimizer(optimizer));
  }
  pm.addNestedPass<func::FuncOp>(createSelectEntry(select));
  // After it: until then the parameters count as updated where a step would
  // update them.
  if (entry.ends_with("_average"))
    pm.addNestedPass<func::FuncOp>(createUseAverages());
  // Equal encodes are one value from here on: a relu's mask and a sign rule's
  // bits, query, key and value that read one tensor.
  addCleanup(pm);
  pm.addNestedPass<func::FuncOp>(createShareSavedValues());
  addCleanup(pm);
  pm.addPass(createVerifyStepStage());
}

void mlir::auxact::buildLinalgStage(OpPassManager &pm,
                                    const TrainPipelineOptions &options) {
  pm.addPass(createConvertAuxActToLinalg());
  // After it, as views that fold no longer hide that two values are one.
  addCleanup(pm);
  if (options.precision != "float32") {
    SetPrecisionOptions precision;
    precision.precision = options.precision;
    pm.addNestedPass<func::FuncOp>(createSetPrecision(precision));
  }
  // Here first do bits have bytes that can be returned.
  if (options.entry == "saved")
    pm.addNestedPass<func::FuncOp>(createReturnSavedValues());
  pm.addNestedPass<func::FuncOp>(createAlignShapes());
  addCleanup(pm);
  pm.addPass(createVerifyLinalgStage());
}

void mlir::auxact::buildKernelsStage(OpPassManager &pm,
                                     const TrainPipelineOptions &) {
  pm.addPass(createFormKernels());
  // Two kernels of one body and the same operands are one launch.
  pm.addPass(createCSEPass());
  pm.addPass(createVerifyKernelsStage());
}

void mlir::auxact::buildPlanStage(OpPassManager &pm,
                                  const TrainPipelineOptions &options) {
  bool onDevice = ::auxact::runtime::isDeviceTarget(options.target);
  OrderLaunchesOptions order;
  PlanArenaOptions plan;
  order.alignment = plan.alignment =
      ::auxact::runtime::blockAlignmentOf(options.target);
  pm.addNestedPass<func::FuncOp>(createOrderLaunches(order));
  plan.threads = onDevice ? 1 : options.threads.getValue();
  plan.remarks = options.remarks;
  pm.addPass(createPlanArena(plan));
  pm.addPass(createVerifyPlan());
}

void mlir::auxact::buildTrainPipeline(OpPassManager &pm,
                                      const TrainPipelineOptions &options) {
  buildModelStage(pm, options);
  if (options.stopAfter == "model")
    return;
  buildStepStage(pm, options);
  if (options.stopAfter == "step")
    return;
  buildLinalgStage(pm, options);
  if (options.stopAfter == "linalg")
    return;
  buildKernelsStage(pm, options);
  if (options.stopAfter == "kernels")
    return;
  if (::auxact::runtime::isDeviceTarget(options.target)) {
    MeasureGpuKernelsOptions measure;
    measure.chip = options.target;
    pm.addPass(createMeasureGpuKernels(measure));
  } else {
    MeasureKernelsOptions measure;
    measure.target = options.target;
    pm.addPass(createMeasureKernels(measure));
  }
  buildPlanStage(pm, options);
}

llvm::ArrayRef<llvm::StringRef> mlir::auxact::getEntryKinds() {
  static const llvm::StringRef kinds[] = {
      "step",     "accumulate",      "gradients",        "predict",
      "evaluate", "predict_average", "evaluate_average", "indicators",
      "saved"};
  return kinds;
}

/// Why the options cannot be followed; empty if they can.
static std::string checkOptions(const TrainPipelineOptions &options) {
  llvm::StringRef stages[] = {"model", "step", "linalg", "kernels", "plan"};
  if (!llvm::is_contained(stages, options.stopAfter.getValue()))
    return "unknown stage '" + options.stopAfter +
           "'; expected model, step, linalg, kernels or plan";
  if (!llvm::is_contained(getEntryKinds(), options.entry.getValue()))
    return "unknown entry '" + options.entry + "'; expected " +
           llvm::join(getEntryKinds(), ", ");
  if (!isPrecision(options.precision))
    return describeUnknownPrecision(options.precision);
  if (options.batch < 0)
    return "batch is " + std::to_string(options.batch) +
           "; expected a number of rows, or 0 for that of the model";
  return "";
}

/// PassPipelineRegistration's builder cannot refuse; this one can.
template <typename Options>
static void registerPipeline(StringRef name, StringRef description,
                             void (*build)(OpPassManager &, const Options &)) {
  registerPassPipeline(
      name, description,
      [build](OpPassManager &pm, StringRef text,
              function_ref<LogicalResult(const Twine &)> emitError) {
        Options options;
        if (failed(options.parseFromString(text)))
          return failure();
        std::string wrong = checkOptions(options);
        if (!wrong.empty())
          return emitError(wrong);
        build(pm, options);
        return success();
      },
      [](function_ref<void(const mlir::detail::PassOptions &)> visit) {
        visit(Options());
      });
}

void mlir::auxact::registerAuxActPipelines() {
  registerPipeline<TrainPipelineOptions>(
      "auxact-train-pipeline",
      "From a model to the plan of one entry, or to the stage `stop-after`",
      buildTrainPipeline);
  registerPipeline<GpuPipelineOptions>(
      "auxact-gpu-pipeline",
      "From a model, or from kernels, to a module with the PTX of each kernel",
      buildGpuPipeline);
}
