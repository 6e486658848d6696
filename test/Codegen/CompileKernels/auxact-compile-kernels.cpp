//===- auxact-compile-kernels.cpp - Kernels to code, for tests ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Compiles every kernel function of a file. For a CPU it writes <name>.o (or
// prints assembly) and prints one line of metadata for each. For a GPU
// (--target=cuda:<chip>) it writes the images that --images names, as
// <name>.nvvm, <name>.ptx and <name>.cubin (or prints PTX), and kernels.json:
// an object by kernel with `workspace_bytes`, `seconds` and `grids`, each with
// `function`, `blocks`, `threads` and `shared_bytes`.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/CPU/CompileKernel.h"
#include "auxact/Codegen/GPU/CompileKernel.h"
#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <ctime>

using namespace mlir;

static llvm::cl::opt<std::string> inputFile(llvm::cl::Positional,
                                            llvm::cl::init("-"));
static llvm::cl::opt<std::string> targetName("target", llvm::cl::init("host"));
static llvm::cl::opt<std::string>
    directory("o", llvm::cl::desc("Directory of what is written"));
static llvm::cl::opt<bool> assembly("S",
                                    llvm::cl::desc("Print assembly or PTX"));
static llvm::cl::list<std::string>
    images("images", llvm::cl::CommaSeparated,
           llvm::cl::desc("GPU: forms of code to write (default nvvm,ptx)"));
static llvm::cl::opt<std::string>
    toolkit("toolkit", llvm::cl::desc("GPU: folder of the CUDA toolkit"));

static LogicalResult write(llvm::StringRef name, llvm::StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream file(directory + "/" + name.str(), error);
  if (error) {
    llvm::errs() << "cannot write to " << directory << ": " << error.message()
                 << "\n";
    return failure();
  }
  file << bytes;
  return success();
}

/// Time of the processor: a busy machine does not change it much.
static double secondsSince(std::clock_t start) {
  return double(std::clock() - start) / CLOCKS_PER_SEC;
}

static LogicalResult compileForHost(ModuleOp module, llvm::StringRef name,
                                    const mlir::auxact::CpuTarget &target) {
  if (assembly) {
    auto text = mlir::auxact::compileKernelToAssembly(module, name, target);
    if (failed(text))
      return failure();
    llvm::outs() << *text;
    return success();
  }
  std::clock_t start = std::clock();
  auto compiled = mlir::auxact::compileKernel(module, name, target);
  if (failed(compiled))
    return failure();
  double seconds = secondsSince(start);
  if (failed(write((name + ".o").str(), compiled->object)))
    return failure();
  llvm::outs() << compiled->symbol << " " << compiled->tasks << " "
               << compiled->workspaceBytes << " " << seconds << "\n";
  return success();
}

static LogicalResult compileForDevice(ModuleOp module, llvm::StringRef name,
                                      const mlir::auxact::GpuTarget &target,
                                      llvm::json::Object &metadata) {
  std::clock_t start = std::clock();
  auto compiled = mlir::auxact::compileGpuKernel(module, name, target);
  if (failed(compiled))
    return failure();
  double seconds = secondsSince(start);
  for (const auto &image : compiled->images) {
    if (assembly)
      llvm::outs() << image.bytes;
    else if (failed(write((name + "." + image.format).str(), image.bytes)))
      return failure();
  }
  llvm::json::Array grids;
  for (const auto &grid : compiled->grids)
    grids.push_back(
        llvm::json::Object{{"function", grid.function},
                           {"blocks", llvm::json::Array(grid.blocks)},
                           {"threads", llvm::json::Array(grid.threads)},
                           {"shared_bytes", grid.sharedBytes}});
  metadata[name] =
      llvm::json::Object{{"workspace_bytes", compiled->workspaceBytes},
                         {"seconds", seconds},
                         {"grids", std::move(grids)}};
  return success();
}

/// Calls `compile` with a module for each kernel.
static bool forEachKernel(
    ModuleOp all,
    llvm::function_ref<LogicalResult(ModuleOp, llvm::StringRef)> compile) {
  for (auto kernel : all.getOps<func::FuncOp>()) {
    if (!kernel->hasAttr("auxact.kernel"))
      continue;
    OwningOpRef<ModuleOp> module(ModuleOp::create(kernel.getLoc()));
    module->push_back(kernel.clone());
    if (failed(compile(*module, kernel.getName())))
      return false;
  }
  return true;
}

static int runForDevice(ModuleOp module) {
  auto target = mlir::auxact::GpuTarget::named(targetName);
  if (!target) {
    llvm::errs() << llvm::toString(target.takeError()) << "\n";
    return 1;
  }
  target->toolkit = toolkit;
  target->images.assign(images.begin(), images.end());
  if (target->images.empty())
    target->images = {"nvvm", "ptx"};
  if (assembly)
    target->images = {"ptx"};
  llvm::json::Object metadata;
  if (!forEachKernel(module, [&](ModuleOp kernel, llvm::StringRef name) {
        return compileForDevice(kernel, name, *target, metadata);
      }))
    return 1;
  if (assembly)
    return 0;
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(metadata)));
  return failed(write("kernels.json", text));
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::cl::ParseCommandLineOptions(argc, argv, "Compiles kernels for tests\n");
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<mlir::auxact::AuxActDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(inputFile, &context);
  if (!module)
    return 1;
  if (llvm::StringRef(targetName).starts_with("cuda:"))
    return runForDevice(*module);
  auto target = mlir::auxact::CpuTarget::named(targetName);
  if (failed(target)) {
    llvm::errs() << "unknown target " << targetName << "\n";
    return 1;
  }
  return !forEachKernel(*module, [&](ModuleOp kernel, llvm::StringRef name) {
    return compileForHost(kernel, name, *target);
  });
}
