//===- VerifyCpuKernels.cpp - Refuse what cannot be lowered ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The pass around analyzeKernel.
//
//===----------------------------------------------------------------------===//

#include "KernelForm.h"
#include "auxact/Codegen/CPU/Passes.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_VERIFYCPUKERNELS
#include "auxact/Codegen/CPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact::cpu;

namespace {

struct VerifyCpuKernels
    : public auxact::impl::VerifyCpuKernelsBase<VerifyCpuKernels> {
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (isTensorKernel(kernel) && failed(analyzeKernel(kernel)))
        return signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
