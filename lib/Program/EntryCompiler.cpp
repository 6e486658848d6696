//===- EntryCompiler.cpp - From a model to one compiled entry -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From a model to one compiled entry.
//
//===----------------------------------------------------------------------===//

#include "EntryCompiler.h"

#include "DiagnosticCollector.h"

#include "auxact/Codegen/CPU/Passes.h"
#include "auxact/Codegen/GPU/Passes.h"
#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"
#include "auxact/Dialect/AuxAct/Transforms/Precision.h"
#include "auxact/InitAll.h"
#include "auxact/Program/TranslatePlan.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SourceMgr.h"

#include <chrono>

using namespace mlir;
using namespace mlir::auxact;
namespace runtime = ::auxact::runtime;

EntryCompiler::EntryCompiler() {
  registerAllAuxAct(registry);
  context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  // Whoever wrote a model did not write the kernels that a message may be
  // about.
  context->printOpOnDiagnostic(false);
}

EntryCompiler::~EntryCompiler() = default;

/// The one function that is a model or an entry.
static func::FuncOp getEntryFunction(ModuleOp module) {
  for (auto func : module.getOps<func::FuncOp>())
    if (!func.isDeclaration() && !func->hasAttr(attrs::kernel))
      return func;
  return {};
}

static SmallVector<func::FuncOp> getKernelFunctions(ModuleOp module) {
  SmallVector<func::FuncOp> kernels;
  for (auto func : module.getOps<func::FuncOp>())
    if (func->hasAttr(attrs::kernel))
      kernels.push_back(func);
  return kernels;
}

static double secondsSince(std::chrono::steady_clock::time_point start) {
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  return seconds.count();
}

llvm::Error EntryCompiler::parse(llvm::StringRef text,
                                 llvm::StringRef fileName) {
  DiagnosticCollector diagnostics(context.get());
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy(text, fileName), llvm::SMLoc());
  model = parseSourceFile<ModuleOp>(sources, ParserConfig(context.get()));
  if (!model)
    return diagnostics.takeError((fileName + ": cannot be parsed").str());
  if (!getEntryFunction(*model))
    return llvm::createStringError(
        fileName.str() + ": holds no function; expected one, the model");
  return llvm::Error::success();
}

void EntryCompiler::configure(TrainPipelineOptions &pipeline,
                              llvm::StringRef kind) const {
  pipeline.entry = kind.str();
  pipeline.rules = options.rules;
  pipeline.loss = options.loss;
  pipeline.labelSmoothing = options.labelSmoothing;
  pipeline.optimizer = options.optimizer;
  pipeline.momentum = options.momentum;
  pipeline.nesterov = options.nesterov;
  pipeline.weightDecay = options.weightDecay;
  pipeline.beta1 = options.beta1;
  pipeline.beta2 = options.beta2;
  pipeline.eps = options.eps;
  pipeline.clipGradNorm = options.clipGradNorm;
  pipeline.averageDecay = options.averageDecay;
  pipeline.accumulate = options.accumulate;
  pipeline.precision = options.precision;
  pipeline.target = options.target;
  pipeline.threads = options.threads;
}

llvm::Error EntryCompiler::run(ModuleOp module, llvm::StringRef kind,
                               int64_t rows, llvm::ArrayRef<Build> stages) {
  DiagnosticCollector diagnostics(context.get());
  TrainPipelineOptions pipeline;
  configure(pipeline, kind);
  PassManager pm(context.get());
  if (rows > 0) {
    SetBatchSizeOptions size;
    size.batch = rows;
    pm.addNestedPass<func::FuncOp>(createSetBatchSize(size));
  }
  for (Build stage : stages)
    stage(pm, pipeline);
  if (succeeded(pm.run(module)))
    return llvm::Error::success();
  return diagnostics.takeError(
      ("the entry '" + kind + "' cannot be built").str());
}

llvm::Expected<std::unique_ptr<EntryCompiler>>
EntryCompiler::create(llvm::StringRef text, llvm::StringRef fileName,
                      const SessionOptions &options) {
  std::unique_ptr<EntryCompiler> compiler(new EntryCompiler);
  auto start = std::chrono::steady_clock::now();
  compiler->options = options;
  if (!isPrecision(options.precision))
    return llvm::createStringError(describeUnknownPrecision(options.precision));
  llvm::Expected<CompileTarget> target =
      CompileTarget::named(options.target, options.toolkit, options.images);
  if (!target)
    return target.takeError();
  compiler->target = std::move(*target);
  if (llvm::Error error = compiler->parse(text, fileName))
    return std::move(error);
  if (llvm::Error error = compiler->run(*compiler->model, "model",
                                        options.batch, {buildModelStage}))
    return std::move(error);
  func::FuncOp func = getEntryFunction(*compiler->model);
  for (BlockArgument argument : func.getArguments())
    if (func.getArgAttr(argument.getArgNumber(), attrs::input)) {
      compiler->batch =
          cast<RankedTensorType>(argument.getType()).getDimSize(0);
      break;
    }
  compiler->report = llvm::formatv("model: {0:f3} s\n", secondsSince(start));
  return compiler;
}

llvm::Error EntryCompiler::inspectModel(
    llvm::StringRef text, llvm::StringRef fileName,
    llvm::function_ref<LogicalResult(func::FuncOp)> inspect) {
  EntryCompiler compiler;
  if (llvm::Error error = compiler.parse(text, fileName))
    return error;
  // A layer without a name gets the one that rules find it by.
  auto nameLayers = [](OpPassManager &pm, const TrainPipelineOptions &) {
    pm.addNestedPass<func::FuncOp>(createNameLayers());
  };
  if (llvm::Error error = compiler.run(*compiler.model, "model", /*rows=*/0,
                                       {Build(nameLayers)}))
    return error;
  DiagnosticCollector diagnostics(compiler.context.get());
  if (succeeded(inspect(getEntryFunction(*compiler.model))))
    return llvm::Error::success();
  return diagnostics.takeError("the model cannot be inspected");
}

OwningOpRef<ModuleOp> EntryCompiler::copyModel() {
  return OwningOpRef<ModuleOp>(cast<ModuleOp>(model.get()->clone()));
}

llvm::Error
EntryCompiler::compileKernelsOf(ModuleOp module, llvm::StringRef kind,
                                const CompileTarget &target,
                                std::vector<CompiledKernel> &kernels) {
  DiagnosticCollector diagnostics(context.get());
  diagnostics.keepWarnings();
  SmallVector<func::FuncOp> functions = getKernelFunctions(module);
  CompileKernelsOptions compile;
  compile.target = target;
  compile.cacheDirectory = options.cacheDirectory;
  CompileKernelsReport times;
  FailureOr<std::vector<CompiledKernel>> compiled =
      compileKernels(functions, compile, &times);
  warnings += diagnostics.takeWarnings();
  if (failed(compiled))
    return diagnostics.takeError(
        ("the kernels of '" + kind + "' cannot be compiled").str());
  Builder builder(context.get());
  for (auto [function, kernel] : llvm::zip_equal(functions, *compiled)) {
    function->setAttr("auxact.tasks", builder.getI64IntegerAttr(kernel.tasks));
    function->setAttr("auxact.workspace_bytes",
                      builder.getI64IntegerAttr(kernel.workspaceBytes));
  }
  kernels = std::move(*compiled);
  report += times.str();
  return llvm::Error::success();
}

llvm::Expected<CompiledEntry>
EntryCompiler::compile(llvm::StringRef kind, int64_t rows,
                       const std::vector<runtime::StateSpec> &state) {
  auto start = std::chrono::steady_clock::now();
  CompiledEntry entry;
  OwningOpRef<ModuleOp> module = copyModel();
  if (llvm::Error error =
          run(*module, kind, rows == batch ? 0 : rows,
              {buildStepStage, buildLinalgStage, buildKernelsStage}))
    return std::move(error);
  report += llvm::formatv("{0} ({1} rows)\n  step, linalg, kernels: {2:f3} s\n",
                          kind, rows, secondsSince(start));
  if (llvm::Error error =
          compileKernelsOf(*module, kind, target, entry.kernels))
    return std::move(error);
  start = std::chrono::steady_clock::now();
  if (llvm::Error error = run(*module, kind, 0, {buildPlanStage}))
    return std::move(error);
  report += llvm::formatv("  plan: {0:f3} s\n", secondsSince(start));
  DiagnosticCollector diagnostics(context.get());
  FailureOr<runtime::EntrySpec> spec =
      translatePlan(getEntryFunction(*module), state);
  if (failed(spec))
    return diagnostics.takeError("the plan cannot be translated");
  entry.spec = std::move(*spec);
  entry.spec.name = kind.str();
  entry.spec.batch = rows;
  return entry;
}

llvm::Expected<runtime::ProgramSpec>
EntryCompiler::describe(llvm::StringRef kind) {
  OwningOpRef<ModuleOp> module = copyModel();
  if (llvm::Error error = run(*module, kind, 0, {buildStepStage}))
    return std::move(error);
  runtime::ProgramSpec spec;
  spec.target = options.target;
  spec.features = target.getFeatures();
  // First what the model has: gradients leave a running statistic alone, which
  // predictions read.
  llvm::Expected<int64_t> bytes = int64_t(0);
  for (func::FuncOp func :
       {getEntryFunction(*model), getEntryFunction(*module)}) {
    if (!bytes)
      return bytes.takeError();
    bytes = collectState(func, spec.state, target.getAlignment());
  }
  if (!bytes)
    return bytes.takeError();
  spec.stateBytes = *bytes;
  return std::move(spec);
}

/// Lowers the kernels, and leaves out the entry that launches them.
llvm::Error EntryCompiler::lowerKernels(ModuleOp module) {
  DiagnosticCollector diagnostics(context.get());
  getEntryFunction(module)->erase();
  PassManager pm(context.get());
  if (const GpuTarget *gpu = target.getGpu()) {
    GpuKernelOptions kernelOptions;
    kernelOptions.chip = gpu->chip;
    buildGpuLoweringPipeline(pm, kernelOptions);
    buildGpuToNvvmPipeline(pm);
  } else {
    CpuKernelOptions kernelOptions;
    kernelOptions.vectorBits = target.getCpu()->vectorBits;
    buildCpuKernelPipeline(pm, kernelOptions);
  }
  if (failed(pm.run(module)))
    return diagnostics.takeError("the kernels cannot be lowered");
  return llvm::Error::success();
}

/// The text of each distinct kernel, in order.
llvm::Expected<std::string> EntryCompiler::printPtx(ModuleOp module,
                                                    llvm::StringRef kind) {
  GpuTarget gpu = *target.getGpu();
  gpu.images = {"ptx"};
  std::vector<CompiledKernel> kernels;
  if (llvm::Error error = compileKernelsOf(module, kind, gpu, kernels))
    return std::move(error);
  std::string text;
  llvm::StringSet<> seen;
  for (const CompiledKernel &kernel : kernels)
    if (seen.insert(kernel.symbol).second)
      text += kernel.images.front().bytes;
  return text;
}

llvm::Expected<std::string> EntryCompiler::printIR(llvm::StringRef stage,
                                                   llvm::StringRef kind) {
  OwningOpRef<ModuleOp> module = copyModel();
  SmallVector<std::pair<llvm::StringRef, Build>> stages = {
      {"step", buildStepStage},
      {"linalg", buildLinalgStage},
      {"kernels", buildKernelsStage}};
  bool found = stage == "model";
  for (auto [name, build] : stages) {
    if (found)
      break;
    if (llvm::Error error = run(*module, kind, 0, {build}))
      return std::move(error);
    found = stage == name;
  }
  if (!found && stage == "plan") {
    std::vector<CompiledKernel> kernels;
    if (llvm::Error error = compileKernelsOf(*module, kind, target, kernels))
      return std::move(error);
    if (llvm::Error error = run(*module, kind, 0, {buildPlanStage}))
      return std::move(error);
    found = true;
  }
  if (!found && stage == (target.isDevice() ? "nvvm" : "llvm")) {
    if (llvm::Error error = lowerKernels(*module))
      return std::move(error);
    found = true;
  }
  if (!found && stage == "ptx" && target.isDevice())
    return printPtx(*module, kind);
  if (!found)
    return llvm::createStringError(
        "unknown stage '" + stage.str() +
        "'; expected model, step, linalg, kernels, plan, " +
        (target.isDevice() ? "nvvm, ptx" : "llvm"));
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os);
  return text;
}

std::vector<std::pair<std::string, double>> EntryCompiler::getInitBounds() {
  std::vector<std::pair<std::string, double>> bounds;
  func::FuncOp func = getEntryFunction(*model);
  for (BlockArgument argument : func.getArguments()) {
    auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                  attrs::parameter);
    if (!name)
      continue;
    double bound = 0.0;
    for (Operation *user : argument.getUsers())
      if (auto layer = dyn_cast<ParameterizedLayerOpInterface>(user))
        bound = layer.getInitBound();
    bounds.emplace_back(name.getValue().str(), bound);
  }
  return bounds;
}
