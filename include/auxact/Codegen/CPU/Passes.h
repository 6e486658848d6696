//===- Passes.h - CPU code generation passes --------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Declarations of the passes and of the pipeline that runs them.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_CPU_PASSES_H
#define AUXACT_CODEGEN_CPU_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::auxact {

#define GEN_PASS_DECL
#include "auxact/Codegen/CPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "auxact/Codegen/CPU/Passes.h.inc"

struct CpuKernelOptions : public PassPipelineOptions<CpuKernelOptions> {
  Option<int64_t> vectorBits{
      *this, "vector-bits",
      llvm::cl::desc(
          "Width of the target's vector registers in bits: 256 or 512."),
      llvm::cl::init(512)};
};

/// From kernel functions on tensors to the LLVM dialect with the kernel ABI.
void buildCpuKernelPipeline(OpPassManager &pm, const CpuKernelOptions &options);

/// Registers `-auxact-cpu-pipeline`.
void registerCpuPipelines();

} // namespace mlir::auxact

#endif // AUXACT_CODEGEN_CPU_PASSES_H
