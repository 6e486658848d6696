//===- CompileKernel.cpp - Kernel functions to object code ----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// MLIR pipeline, translation to LLVM IR, LLVM's passes, object in memory.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/CPU/CompileKernel.h"

#include "KernelFrame.h"
#include "auxact/Codegen/CPU/Passes.h"
#include "auxact/Codegen/Kernel/OptimizeModule.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

namespace mlir::auxact {

using cpu::kKernelAttr;
using cpu::kTasksAttr;
using cpu::kWorkspaceAttr;

static std::unique_ptr<llvm::TargetMachine>
createMachine(const CpuTarget &target) {
  std::string error;
  llvm::Triple triple(target.triple);
  const llvm::Target *llvmTarget =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!llvmTarget)
    return nullptr;
  llvm::TargetOptions options;
  return std::unique_ptr<llvm::TargetMachine>(llvmTarget->createTargetMachine(
      triple, target.cpu, target.features, options, llvm::Reloc::PIC_,
      std::nullopt, llvm::CodeGenOptLevel::Default));
}

/// The one function marked as kernel.
template <typename FuncOp>
static FailureOr<FuncOp> findKernel(ModuleOp module) {
  FuncOp kernel;
  for (auto function : module.getOps<FuncOp>()) {
    if (!function->hasAttr(kKernelAttr))
      continue;
    if (kernel)
      return function.emitError(
          "a module to compile holds one kernel, but this is a second one");
    kernel = function;
  }
  if (!kernel)
    return module.emitError("holds no function marked '")
           << kKernelAttr << "' to compile";
  return kernel;
}

/// Lowers and translates; fills in the metadata of `result`.
static FailureOr<std::string> compile(ModuleOp module, StringRef symbol,
                                      const CpuTarget &target,
                                      llvm::CodeGenFileType fileType,
                                      CompiledKernel &result) {
  auto kernel = findKernel<func::FuncOp>(module);
  if (failed(kernel))
    return failure();
  kernel->setName(symbol);
  kernel->setPublic();

  DialectRegistry registry;
  registerAllToLLVMIRTranslations(registry);
  module.getContext()->appendDialectRegistry(registry);
  PassManager pm(module.getContext());
  CpuKernelOptions options;
  options.vectorBits = target.vectorBits;
  buildCpuKernelPipeline(pm, options);
  if (failed(pm.run(module)))
    return failure();

  auto lowered = findKernel<LLVM::LLVMFuncOp>(module);
  if (failed(lowered))
    return failure();
  result.symbol = symbol.str();
  result.tasks = (*lowered)->getAttrOfType<IntegerAttr>(kTasksAttr).getInt();
  result.workspaceBytes =
      (*lowered)->getAttrOfType<IntegerAttr>(kWorkspaceAttr).getInt();

  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule =
      translateModuleToLLVMIR(module, context, symbol);
  if (!llvmModule)
    return module.emitError("could not be translated to LLVM IR");
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(target);
  if (!machine)
    return module.emitError("LLVM has no target ")
           << target.triple << ", cpu " << target.cpu;
  llvmModule->setDataLayout(machine->createDataLayout());
  llvmModule->setTargetTriple(machine->getTargetTriple());
  for (llvm::Function &function : *llvmModule) {
    // Some CPUs prefer 256 bits for code that LLVM vectorizes itself.
    function.addFnAttr("prefer-vector-width",
                       std::to_string(target.vectorBits));
    function.addFnAttr("min-legal-vector-width",
                       std::to_string(target.vectorBits));
    // Loops that fill or copy stay loops: there is no library to call.
    function.addFnAttr("no-builtins");
  }
  // Little is left to do but to clean up addresses.
  codegen::optimizeModule(*llvmModule, *machine, llvm::OptimizationLevel::O1);

  llvm::SmallString<0> output;
  llvm::raw_svector_ostream stream(output);
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, stream, nullptr, fileType))
    return module.emitError("LLVM cannot emit code for ") << target.triple;
  codegen.run(*llvmModule);
  return output.str().str();
}

FailureOr<CompiledKernel> compileKernel(ModuleOp kernelModule, StringRef symbol,
                                        const CpuTarget &target) {
  CompiledKernel result;
  auto object = compile(kernelModule, symbol, target,
                        llvm::CodeGenFileType::ObjectFile, result);
  if (failed(object))
    return failure();
  result.object = std::move(*object);
  return result;
}

FailureOr<std::string> compileKernelToAssembly(ModuleOp kernelModule,
                                               StringRef symbol,
                                               const CpuTarget &target) {
  CompiledKernel ignored;
  return compile(kernelModule, symbol, target,
                 llvm::CodeGenFileType::AssemblyFile, ignored);
}

} // namespace mlir::auxact
