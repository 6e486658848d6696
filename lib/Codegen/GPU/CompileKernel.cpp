//===- CompileKernel.cpp - Kernel functions to PTX and cubin --------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// MLIR pipeline, grids, and the images that were asked for.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/GPU/CompileKernel.h"

#include "DeviceCode.h"
#include "Grids.h"
#include "auxact/Codegen/GPU/CudaToolkit.h"
#include "auxact/Codegen/GPU/Passes.h"
#include "auxact/Codegen/Kernel/KernelForm.h"

#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

namespace mlir::auxact {

/// The one kernel function of the module.
static FailureOr<func::FuncOp> findKernel(ModuleOp module) {
  func::FuncOp kernel;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!codegen::isTensorKernel(function))
      continue;
    if (kernel)
      return function.emitError(
          "a module to compile holds one kernel, but this is a second one");
    kernel = function;
  }
  if (!kernel)
    return module.emitError("holds no kernel function to compile");
  return kernel;
}

static FailureOr<gpu::GPUModuleOp>
lower(ModuleOp module, const GpuTarget &target, CompiledKernel &result) {
  GpuKernelOptions options;
  options.chip = target.chip;
  PassManager lowering(module.getContext());
  buildGpuLoweringPipeline(lowering, options);
  if (failed(lowering.run(module)))
    return failure();
  auto modules = module.getOps<gpu::GPUModuleOp>();
  if (modules.empty())
    return module.emitError("no lowering for GPUs takes this kernel");
  gpu::GPUModuleOp device = *modules.begin();
  result.grids = device::gridsOf(device);
  result.workspaceBytes = device::workspaceBytesOf(device);

  PassManager toNvvm(module.getContext());
  buildGpuToNvvmPipeline(toNvvm);
  if (llvm::is_contained(target.images, "nvvm"))
    toNvvm.addPass(LLVM::createDIScopeForLLVMFuncOpPass());
  if (failed(toNvvm.run(module)))
    return failure();
  return *module.getOps<gpu::GPUModuleOp>().begin();
}

FailureOr<CompiledKernel> compileGpuKernel(ModuleOp kernelModule,
                                           llvm::StringRef symbol,
                                           const GpuTarget &target) {
  auto kernel = findKernel(kernelModule);
  if (failed(kernel))
    return failure();
  kernel->setName(symbol);
  DialectRegistry registry;
  registerAllToLLVMIRTranslations(registry);
  kernelModule.getContext()->appendDialectRegistry(registry);

  CompiledKernel result;
  result.symbol = symbol.str();
  auto device = lower(kernelModule, target, result);
  if (failed(device))
    return failure();
  auto code = device::emitDeviceCode(*device, target.chip, target.toolkit);
  if (failed(code))
    return failure();
  for (const std::string &format : target.images) {
    if (format == "nvvm") {
      result.images.push_back({format, code->bitcode});
    } else if (format == "ptx") {
      result.images.push_back({format, code->ptx});
    } else if (format == "cubin") {
      CudaToolkit toolkit = CudaToolkit::find(target.toolkit);
      // The driver compiles PTX, where that is there as well.
      if (toolkit.ptxas.empty() && target.images.size() > 1)
        continue;
      auto cubin = assemble(code->ptx, target.chip, toolkit);
      if (!cubin)
        return kernelModule.emitError(llvm::toString(cubin.takeError()));
      result.images.push_back({format, std::move(*cubin)});
    } else {
      return kernelModule.emitError("unknown form of device code '")
             << format << "'; expected cubin, ptx or nvvm";
    }
  }
  return result;
}

} // namespace mlir::auxact
