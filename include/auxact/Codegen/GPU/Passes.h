//===- Passes.h - GPU code generation passes --------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Declarations of the passes and of the pipelines that run them.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_GPU_PASSES_H
#define AUXACT_CODEGEN_GPU_PASSES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::auxact {

#define GEN_PASS_DECL
#include "auxact/Codegen/GPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "auxact/Codegen/GPU/Passes.h.inc"

struct GpuKernelOptions : public PassPipelineOptions<GpuKernelOptions> {
  Option<std::string> chip{
      *this, "chip",
      llvm::cl::desc("GPU to generate code for: sm_80, sm_89 or sm_90a.")};
  Option<std::string> toolkit{
      *this, "toolkit",
      llvm::cl::desc("Folder of the CUDA toolkit; looked for when empty.")};
};

/// From kernel functions on tensors to device functions: one gpu.module a
/// kernel, on memrefs.
void buildGpuLoweringPipeline(OpPassManager &pm,
                              const GpuKernelOptions &options);

/// From there to the LLVM and NVVM dialects.
void buildGpuToNvvmPipeline(OpPassManager &pm);

/// All the way to a module that holds PTX; functions that are no kernels go.
void buildGpuKernelPipeline(OpPassManager &pm, const GpuKernelOptions &options);

} // namespace mlir::auxact

#endif // AUXACT_CODEGEN_GPU_PASSES_H
