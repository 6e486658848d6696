//===- CompileKernels.cpp - All kernels of a program ----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/CompileKernels.h"

#include "auxact/Program/KernelCache.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

namespace mlir::auxact {

namespace {
/// One distinct kernel on its way from text to object code.
struct Job {
  func::FuncOp function; // the first of several equal ones
  std::string text, key;
  std::optional<CompiledKernel> result;
  std::vector<std::string> errors;
  double seconds = 0;
};

class Stopwatch {
public:
  double lap() {
    auto now = std::chrono::steady_clock::now();
    double seconds = std::chrono::duration<double>(now - start).count();
    start = now;
    return seconds;
  }

private:
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};
} // namespace

std::string printKernel(func::FuncOp kernel) {
  OpBuilder builder(kernel.getContext());
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(builder, builder.getUnknownLoc());
  builder.setInsertionPointToStart(module->getBody());
  auto clone = cast<func::FuncOp>(builder.clone(*kernel));
  clone.setName("kernel");
  std::string text;
  llvm::raw_string_ostream stream(text);
  // Without this, large constants could be left out.
  OpPrintingFlags flags;
  flags.elideLargeElementsAttrs(std::numeric_limits<int64_t>::max());
  module->print(stream, flags);
  return text;
}

/// Symbols are global in a process and in a bundle: name them by content.
static std::string symbolFor(llvm::StringRef key) {
  return ("auxact_kernel_" + key.take_front(24)).str();
}

static void compileJob(Job &job, MLIRContext &context,
                       const CompileTarget &target) {
  Stopwatch watch;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      job.errors.push_back(diagnostic.str());
    return success();
  });
  ParserConfig config(&context, /*verifyAfterParse=*/false);
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(job.text, config, "kernel");
  if (!module)
    return;
  auto compiled = target.compile(*module, symbolFor(job.key));
  if (succeeded(compiled))
    job.result = std::move(*compiled);
  job.seconds = watch.lap();
}

/// Compiles what the cache did not have, each worker in a context of its own.
static void compileMissing(llvm::ArrayRef<Job *> missing,
                           const DialectRegistry &registry,
                           const CompileKernelsOptions &options,
                           KernelCache &cache) {
  std::atomic<size_t> next{0};
  auto work = [&] {
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    for (size_t i = next++; i < missing.size(); i = next++) {
      compileJob(*missing[i], context, options.target);
      if (missing[i]->result)
        cache.store(missing[i]->key, *missing[i]->result);
    }
  };
  size_t count =
      options.threads ? options.threads : std::thread::hardware_concurrency();
  count = std::min(std::max<size_t>(count, 1), missing.size());
  std::vector<std::thread> workers;
  for (size_t i = 1; i < count; ++i)
    workers.emplace_back(work);
  if (count > 0)
    work();
  for (std::thread &worker : workers)
    worker.join();
}

FailureOr<std::vector<CompiledKernel>>
compileKernels(llvm::ArrayRef<func::FuncOp> kernels,
               const CompileKernelsOptions &options,
               CompileKernelsReport *report) {
  if (kernels.empty())
    return std::vector<CompiledKernel>();
  func::FuncOp first = kernels.front();
  MLIRContext *context = first.getContext();
  Stopwatch watch;
  llvm::MapVector<llvm::StringRef, Job *> distinct;
  std::vector<std::unique_ptr<Job>> jobs;
  std::vector<Job *> jobOf;
  for (func::FuncOp kernel : kernels) {
    auto job = std::make_unique<Job>();
    job->function = kernel;
    job->text = printKernel(kernel);
    auto [it, isNew] = distinct.insert({job->text, job.get()});
    jobOf.push_back(it->second);
    if (!isNew)
      continue;
    job->key = kernelKey(job->text, options.target);
    jobs.push_back(std::move(job));
  }
  double printSeconds = watch.lap();

  KernelCache cache(options.cacheDirectory);
  std::vector<Job *> missing;
  for (auto &job : jobs) {
    job->result = cache.lookup(job->key);
    if (!job->result)
      missing.push_back(job.get());
  }
  double cacheSeconds = watch.lap();
  compileMissing(missing, context->getDialectRegistry(), options, cache);
  double compileSeconds = watch.lap();

  bool failedAny = false;
  std::set<std::vector<std::string>> reported;
  for (auto &job : jobs) {
    if (job->result)
      continue;
    failedAny = true;
    // What many kernels lack is said once.
    if (!job->errors.empty() && !reported.insert(job->errors).second)
      continue;
    InFlightDiagnostic diagnostic = job->function.emitError()
                                    << "kernel '" << job->function.getName()
                                    << "' cannot be compiled for "
                                    << options.target.getName();
    for (const std::string &error : job->errors)
      diagnostic.attachNote() << error;
  }
  if (std::string warning = cache.takeWarning(); !warning.empty())
    emitWarning(UnknownLoc::get(context)) << warning;
  if (failedAny)
    return failure();

  if (report) {
    report->kernels += kernels.size();
    report->distinct += jobs.size();
    report->fromCache += jobs.size() - missing.size();
    report->stages.emplace_back("print", printSeconds);
    report->stages.emplace_back("cache", cacheSeconds);
    report->stages.emplace_back("compile", compileSeconds);
    for (Job *job : missing)
      report->kernelSeconds.emplace_back(job->function.getName().str(),
                                         job->seconds);
  }
  std::vector<CompiledKernel> results;
  for (Job *job : jobOf)
    results.push_back(*job->result);
  return results;
}

std::string CompileKernelsReport::str() const {
  std::string text =
      llvm::formatv("{0} kernels, {1} distinct, {2} from the cache\n", kernels,
                    distinct, fromCache);
  for (const auto &[stage, seconds] : stages)
    text += llvm::formatv("  {0,-10} {1:f3} s\n", stage, seconds);
  for (const auto &[kernel, seconds] : kernelSeconds)
    text += llvm::formatv("    {0,-20} {1:f3} s\n", kernel, seconds);
  return text;
}

} // namespace mlir::auxact
