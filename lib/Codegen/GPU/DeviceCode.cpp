//===- DeviceCode.cpp - From the NVVM dialect to PTX ----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// One LLVM module a kernel; what it calls of libdevice is linked in before the
// optimiser runs, so that no call is left.
//
//===----------------------------------------------------------------------===//

#include "DeviceCode.h"

#include "auxact/Codegen/GPU/CudaToolkit.h"
#include "auxact/Codegen/Kernel/OptimizeModule.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

namespace mlir::auxact::device {

static std::unique_ptr<llvm::TargetMachine> createMachine(StringRef chip) {
  static const bool initialized = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    return true;
  }();
  (void)initialized;
  std::string error;
  llvm::Triple triple("nvptx64-nvidia-cuda");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, chip, kPtxFeature, llvm::TargetOptions(), std::nullopt,
      std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// Says that square roots and divisions are rounded correctly, as on the CPU:
/// libdevice asks, and LLVM answers no to what it does not know.
static void askForPrecision(llvm::Module &module) {
  llvm::Function *reflect = module.getFunction("__nvvm_reflect");
  if (!reflect)
    return;
  for (llvm::User *user : llvm::make_early_inc_range(reflect->users())) {
    auto *call = dyn_cast<llvm::CallInst>(user);
    llvm::StringRef question;
    if (!call || !llvm::getConstantStringInfo(call->getArgOperand(0), question))
      continue;
    if (question != "__CUDA_PREC_SQRT" && question != "__CUDA_PREC_DIV")
      continue;
    call->replaceAllUsesWith(llvm::ConstantInt::get(call->getType(), 1));
    call->eraseFromParent();
  }
}

/// Links what `module` needs of libdevice, if anything.
static LogicalResult linkLibdevice(llvm::Module &module, Operation *op,
                                   StringRef folder) {
  SmallVector<std::string> called;
  for (llvm::Function &function : module)
    if (function.isDeclaration() && function.getName().starts_with("__nv_"))
      called.push_back(function.getName().str());
  if (called.empty())
    return success();
  CudaToolkit toolkit = CudaToolkit::find(folder);
  if (toolkit.libdevice.empty())
    return op->emitError(llvm::toString(toolkit.missing(
        "a kernel that computes " + StringRef(called[0]).drop_front(5).str(),
        "libdevice")));
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> library =
      llvm::parseIRFile(toolkit.libdevice, diagnostic, module.getContext());
  if (!library)
    return op->emitError("cannot read ")
           << toolkit.libdevice << ": " << diagnostic.getMessage();
  library->setTargetTriple(module.getTargetTriple());
  library->setDataLayout(module.getDataLayout());
  if (llvm::Linker::linkModules(module, std::move(library),
                                llvm::Linker::LinkOnlyNeeded))
    return op->emitError("cannot link ") << toolkit.libdevice;
  for (llvm::Function &function : module)
    if (!function.isDeclaration() && function.getName().starts_with("__nv_"))
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  askForPrecision(module);
  // Denormals are kept, as on the CPU: what libdevice asks this flag for.
  module.addModuleFlag(llvm::Module::Override, "nvvm-reflect-ftz", 0u);
  return success();
}

FailureOr<DeviceCode> emitDeviceCode(gpu::GPUModuleOp module, StringRef chip,
                                     StringRef toolkit) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule =
      translateModuleToLLVMIR(module, context, module.getName());
  if (!llvmModule)
    return module.emitError("could not be translated to LLVM IR");
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(chip);
  if (!machine)
    return module.emitError("this LLVM has no PTX back end");
  llvmModule->setDataLayout(machine->createDataLayout());
  llvmModule->setTargetTriple(machine->getTargetTriple());
  if (failed(linkLibdevice(*llvmModule, module, toolkit)))
    return failure();
  // Inlines libdevice, too.
  codegen::optimizeModule(*llvmModule, *machine, llvm::OptimizationLevel::O3);

  DeviceCode code;
  llvm::raw_string_ostream bitcode(code.bitcode);
  llvm::WriteBitcodeToFile(*llvmModule, bitcode);
  // Line tables are for tests; in PTX they would only make it longer.
  llvm::StripDebugInfo(*llvmModule);
  llvm::SmallString<0> ptx;
  llvm::raw_svector_ostream stream(ptx);
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, stream, nullptr,
                                   llvm::CodeGenFileType::AssemblyFile))
    return module.emitError("LLVM cannot emit PTX for ") << chip;
  codegen.run(*llvmModule);
  code.ptx = ptx.str().str();
  return code;
}

} // namespace mlir::auxact::device
