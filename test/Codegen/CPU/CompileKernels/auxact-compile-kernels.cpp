//===- auxact-compile-kernels.cpp - Kernels to objects, for tests ---------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Compiles every kernel function of a file through compileKernel, writes
// <name>.o (or prints assembly), and prints one line of metadata for each.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/CPU/CompileKernel.h"
#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <ctime>

using namespace mlir;

static llvm::cl::opt<std::string> inputFile(llvm::cl::Positional,
                                            llvm::cl::init("-"));
static llvm::cl::opt<std::string> targetName("target", llvm::cl::init("host"));
static llvm::cl::opt<std::string>
    directory("o", llvm::cl::desc("Directory of the objects"));
static llvm::cl::opt<bool> assembly("S",
                                    llvm::cl::desc("Print assembly instead"));

static LogicalResult compileOne(func::FuncOp kernel,
                                const mlir::auxact::CpuTarget &target) {
  OwningOpRef<ModuleOp> module(ModuleOp::create(kernel.getLoc()));
  module->push_back(kernel.clone());
  std::string name = kernel.getName().str();
  if (assembly) {
    auto text = mlir::auxact::compileKernelToAssembly(*module, name, target);
    if (failed(text))
      return failure();
    llvm::outs() << *text;
    return success();
  }
  // Time of the processor: a busy machine does not change it much.
  std::clock_t start = std::clock();
  auto compiled = mlir::auxact::compileKernel(*module, name, target);
  if (failed(compiled))
    return failure();
  double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
  std::error_code error;
  llvm::raw_fd_ostream file(directory + "/" + name + ".o", error);
  if (error) {
    llvm::errs() << "cannot write to " << directory << ": " << error.message()
                 << "\n";
    return failure();
  }
  file << compiled->object;
  llvm::outs() << compiled->symbol << " " << compiled->tasks << " "
               << compiled->workspaceBytes << " " << seconds << "\n";
  return success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::cl::ParseCommandLineOptions(argc, argv, "Compiles kernels for tests\n");
  DialectRegistry registry;
  registerAllDialects(registry);
  registry.insert<mlir::auxact::AuxActDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(inputFile, &context);
  auto target = mlir::auxact::CpuTarget::named(targetName);
  if (!module)
    return 1;
  if (failed(target)) {
    llvm::errs() << "unknown target " << targetName << "\n";
    return 1;
  }
  for (auto kernel : module->getOps<func::FuncOp>())
    if (kernel->hasAttr("auxact.kernel") && failed(compileOne(kernel, *target)))
      return 1;
  return 0;
}
