//===- Pipelines.h - From a model to a program, stage by stage --*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From a model to a program, stage by stage.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PIPELINES_PIPELINES_H
#define AUXACT_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::auxact {

/// Options of -auxact-train-pipeline and of its stages.
struct TrainPipelineOptions : PassPipelineOptions<TrainPipelineOptions> {
  Option<std::string> entry{
      *this, "entry",
      llvm::cl::desc("Entry to build: step, accumulate, gradients, predict, "
                     "evaluate, predict_average, evaluate_average, indicators "
                     "or saved"),
      llvm::cl::init("step")};
  Option<std::string> stopAfter{
      *this, "stop-after",
      llvm::cl::desc("Last stage to run: model, step, linalg, kernels or plan"),
      llvm::cl::init("plan")};
  Option<std::string> rules{
      *this, "rules",
      llvm::cl::desc("Rules of layers, `pattern = rule`, one a line")};
  Option<std::string> rulesFile{
      *this, "rules-file",
      llvm::cl::desc("File that holds the rules of layers")};
  Option<int64_t> batch{
      *this, "batch", llvm::cl::desc("Rows of every input; 0: as in the model"),
      llvm::cl::init(0)};
  Option<std::string> loss{
      *this, "loss",
      llvm::cl::desc(
          "Loss to append: cross_entropy or mean_squared_error; none "
          "where the model has its own")};
  Option<double> labelSmoothing{
      *this, "label-smoothing",
      llvm::cl::desc("Smoothing of the appended cross-entropy, in [0, 1)"),
      llvm::cl::init(0.0)};
  Option<std::string> optimizer{
      *this, "optimizer",
      llvm::cl::desc("Optimizer of the step: sgd, adam or adamw"),
      llvm::cl::init("sgd")};
  Option<double> momentum{*this, "momentum",
                          llvm::cl::desc("Momentum of sgd, in [0, 1)"),
                          llvm::cl::init(0.0)};
  Option<bool> nesterov{*this, "nesterov",
                        llvm::cl::desc("Nesterov's form of momentum"),
                        llvm::cl::init(false)};
  Option<double> weightDecay{*this, "weight-decay",
                             llvm::cl::desc("Weight decay, >= 0"),
                             llvm::cl::init(0.0)};
  Option<double> beta1{
      *this, "beta1",
      llvm::cl::desc("Decay of adam's and adamw's first moment"),
      llvm::cl::init(0.9)};
  Option<double> beta2{
      *this, "beta2",
      llvm::cl::desc("Decay of adam's and adamw's second moment"),
      llvm::cl::init(0.999)};
  Option<double> eps{
      *this, "eps",
      llvm::cl::desc("Term of adam's and adamw's denominator, > 0"),
      llvm::cl::init(1e-8)};
  Option<double> clipGradNorm{
      *this, "clip-grad-norm",
      llvm::cl::desc("Largest global norm of the gradients; 0: no clipping"),
      llvm::cl::init(0.0)};
  Option<double> averageDecay{
      *this, "average-decay",
      llvm::cl::desc("Decay of the parameters' running averages, in [0, 1); 0: "
                     "no averages"),
      llvm::cl::init(0.0)};
  Option<bool> accumulate{
      *this, "accumulate",
      llvm::cl::desc("Keep sums of gradients, so that a step may have several "
                     "micro-batches"),
      llvm::cl::init(false)};
  Option<std::string> precision{
      *this, "precision",
      llvm::cl::desc("What contractions and saved values are in: float32, tf32 "
                     "or bfloat16"),
      llvm::cl::init("float32")};
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("What to generate code for: host, avx2, avx512, a CPU's "
                     "name of LLVM, or a GPU: cuda:sm_80, cuda:sm_89, "
                     "cuda:sm_90a"),
      llvm::cl::init("host")};
  Option<int64_t> threads{*this, "threads",
                          llvm::cl::desc("Threads of a run: workspace slots; "
                                         "a GPU's kernels have one"),
                          llvm::cl::init(1)};
  Option<bool> remarks{
      *this, "remarks",
      llvm::cl::desc("Remark why each value is kept, and in how many bytes"),
      llvm::cl::init(false)};
};

/// The values of `entry`.
llvm::ArrayRef<llvm::StringRef> getEntryKinds();

/// From what the user wrote to rules on layers, a loss, and names in locations.
void buildModelStage(OpPassManager &pm, const TrainPipelineOptions &options);

/// From a model to one entry: for a step, state in and new state out, and saved
/// values typed by how their bytes lie.
void buildStepStage(OpPassManager &pm, const TrainPipelineOptions &options);

/// From layers to linalg on plain tensors.
void buildLinalgStage(OpPassManager &pm, const TrainPipelineOptions &options);

/// From linalg to launches of kernels.
void buildKernelsStage(OpPassManager &pm, const TrainPipelineOptions &options);

/// From launches to a plan: an order, and an offset for every value. Kernels
/// must carry their task counts and workspace sizes. The target decides on
/// alignment, and whether there are threads.
void buildPlanStage(OpPassManager &pm, const TrainPipelineOptions &options);

/// All stages, up to `stop-after`.
void buildTrainPipeline(OpPassManager &pm, const TrainPipelineOptions &options);

/// Options of -auxact-gpu-pipeline: a model's stages are those of training.
struct GpuPipelineOptions : TrainPipelineOptions {
  Option<std::string> chip{
      *this, "chip",
      llvm::cl::desc("GPU to generate code for: sm_80, sm_89 or sm_90a")};
  Option<std::string> toolkit{
      *this, "toolkit",
      llvm::cl::desc("Folder of the CUDA toolkit; looked for when empty")};
};

/// From a model, or from kernels, to a module with the PTX of each kernel.
void buildGpuPipeline(OpPassManager &pm, const GpuPipelineOptions &options);

void registerAuxActPipelines();

} // namespace mlir::auxact

#endif // AUXACT_PIPELINES_PIPELINES_H
