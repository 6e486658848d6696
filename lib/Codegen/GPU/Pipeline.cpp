//===- Pipeline.cpp - The passes from a kernel to PTX ---------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The order of the GPU code generation passes.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/GPU/Passes.h"
#include "auxact/Codegen/Kernel/Passes.h"

#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/NVGPUToNVVM/NVGPUToNVVM.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::auxact {

void buildGpuLoweringPipeline(OpPassManager &pm,
                              const GpuKernelOptions &options) {
  // Kernels on tensors -> gpu.func on memrefs, loops and one-dimensional
  // vectors. Each pass takes the kernels of its kind.
  pm.addPass(createVerifyKernels());
  pm.addPass(createLowerGpuAttention());
  LowerGpuContractionOptions contraction;
  contraction.chip = options.chip;
  pm.addPass(createLowerGpuContraction(contraction));
  pm.addPass(createLowerGpuReduction());
  pm.addPass(createLowerGpuElementwise());
  pm.addPass(createLowerGpuScatterRows());
  // What was evaluated twice at one place, and bodies that nothing reads.
  pm.addPass(createCSEPass());
}

void buildGpuToNvvmPipeline(OpPassManager &pm) {
  // Before the memrefs become pointers: it reads their shared-memory layout.
  pm.addPass(createConvertNVGPUToNVVMPass());
  pm.addPass(createSCFToControlFlowPass());
  ConvertGpuOpsToNVVMOpsOptions toNvvm;
  toNvvm.useBarePtrCallConv = true;
  OpPassManager &device = pm.nest<gpu::GPUModuleOp>();
  device.addPass(createConvertGpuOpsToNVVMOps(toNvvm));
  // NVVM operations without an intrinsic become inline PTX.
  device.addPass(createConvertNVVMToLLVMPass());
  device.addPass(createReconcileUnrealizedCastsPass());
  device.addPass(createCSEPass());
  device.addPass(createExternalizeSharedMemory());
}

void buildGpuKernelPipeline(OpPassManager &pm,
                            const GpuKernelOptions &options) {
  pm.addPass(createIsolateKernels());
  buildGpuLoweringPipeline(pm, options);
  buildGpuToNvvmPipeline(pm);
  SerializeGpuModulesOptions serialize;
  serialize.chip = options.chip;
  serialize.toolkit = options.toolkit;
  pm.addPass(createSerializeGpuModules(serialize));
}

} // namespace mlir::auxact
