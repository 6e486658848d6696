//===- Pipeline.cpp - The passes from a kernel to LLVM --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The order of the CPU code generation passes.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/CPU/Passes.h"
#include "auxact/Codegen/Kernel/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::auxact {

void buildCpuKernelPipeline(OpPassManager &pm,
                            const CpuKernelOptions &options) {
  int64_t vectorBits = options.vectorBits;
  // Kernels on tensors -> destination-passing functions on memrefs, loops and
  // one-dimensional vectors. Each pass takes the kernels of its kind.
  pm.addPass(createVerifyKernels());
  pm.addPass(createLowerAttention({vectorBits}));
  pm.addPass(createLowerContraction({vectorBits}));
  pm.addPass(createLowerReduction({vectorBits}));
  pm.addPass(createLowerElementwise({vectorBits}));
  pm.addPass(createLowerScatterRows({vectorBits}));
  // What was evaluated twice at one place, constants, and dead bodies. Before
  // the expansion of math, which would otherwise be done for each copy.
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createExpandMath());
  pm.addPass(createExpandBFloat16());
  // -> the LLVM dialect, with the kernel ABI.
  pm.addPass(createLowerKernelToLLVM());
  pm.addPass(createEmitKernelABI());
}

void registerCpuPipelines() {
  PassPipelineRegistration<CpuKernelOptions>(
      "auxact-cpu-pipeline",
      "Lower kernel functions to the LLVM dialect with the kernel ABI.",
      buildCpuKernelPipeline);
}

} // namespace mlir::auxact
