//===- CheckKernels.cpp - The gates, for all kernels of a module ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "CheckKernels.h"

#include "Promise.h"
#include "auxact/Codegen/GPU/CompileKernel.h"
#include "auxact/Codegen/Kernel/KernelForm.h"
#include "auxact/InitAll.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ThreadPool.h"

#include <cstring>

namespace mlir::auxact::gate {

namespace {
/// One kernel for one chip.
struct Job {
  std::string name, text, chip;
  std::vector<GateReport> reports;
  std::string problem; // of the machine, not of the kernel
};
} // namespace

static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllAuxAct(registry);
  return registry;
}

/// In a context of its own, as compileGpuKernel wants it.
static void run(Job &job, const CudaToolkit &toolkit) {
  MLIRContext context(makeRegistry(), MLIRContext::Threading::DISABLED);
  std::string said;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    said += (said.empty() ? "" : "; ") + diagnostic.str();
    return success();
  });
  auto refuse = [&](const std::string &text) {
    GateReport report;
    report.kernel = job.name;
    report.chip = job.chip;
    report.faults = {text};
    job.reports = {report};
  };
  auto module = parseSourceString<ModuleOp>(job.text, &context);
  if (!module)
    return refuse(said);
  // The kernel on tensors is gone once it is compiled.
  OwningOpRef<ModuleOp> kept = cast<ModuleOp>(module->getOperation()->clone());
  GpuTarget target;
  target.chip = job.chip;
  target.images = {"ptx"};
  auto compiled = compileGpuKernel(*module, "kernel", target);
  if (failed(compiled))
    return refuse("does not compile: " + said);
  auto promises = promisesOf(*kept->getOps<func::FuncOp>().begin(), job.chip,
                             compiled->grids.size());
  if (failed(promises))
    return refuse(said);
  auto reports = checkKernel(compiled->images.front().bytes, job.chip,
                             compiled->grids, *promises, toolkit);
  if (!reports)
    job.problem = llvm::toString(reports.takeError());
  else
    job.reports = std::move(*reports);
  for (GateReport &report : job.reports)
    report.kernel = job.name + report.kernel.substr(strlen("kernel"));
}

/// Adds a job for each kernel and chip.
static llvm::Error collect(const KernelFile &file, MLIRContext &context,
                           llvm::ArrayRef<std::string> chips,
                           llvm::StringSet<> &seen, std::vector<Job> &jobs) {
  auto module = parseSourceString<ModuleOp>(file.text, &context);
  if (!module)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "the kernels cannot be read");
  for (auto kernel : module->getOps<func::FuncOp>()) {
    if (!codegen::isTensorKernel(kernel))
      continue;
    Job job;
    job.name = file.prefix + kernel.getName().str();
    kernel.setName("kernel");
    llvm::raw_string_ostream(job.text) << kernel;
    if (!seen.insert(job.text).second)
      continue;
    for (const std::string &chip : chips) {
      job.chip = chip;
      jobs.push_back(job);
    }
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<GateReport>>
checkKernels(llvm::ArrayRef<KernelFile> files,
             llvm::ArrayRef<std::string> chips, const CudaToolkit &toolkit) {
  MLIRContext context(makeRegistry(), MLIRContext::Threading::DISABLED);
  std::vector<Job> jobs;
  llvm::StringSet<> seen;
  for (const KernelFile &file : files)
    if (llvm::Error error = collect(file, context, chips, seen, jobs))
      return std::move(error);
  {
    llvm::DefaultThreadPool pool;
    for (Job &job : jobs)
      pool.async([&job, &toolkit] { run(job, toolkit); });
    pool.wait();
  }
  std::vector<GateReport> reports;
  for (Job &job : jobs) {
    if (!job.problem.empty())
      return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                     job.problem);
    reports.insert(reports.end(), job.reports.begin(), job.reports.end());
  }
  return reports;
}

} // namespace mlir::auxact::gate
