//===- VerifyKernels.cpp - Refuse what cannot be lowered ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The pass around analyzeKernel.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/Kernel/KernelForm.h"
#include "auxact/Codegen/Kernel/Passes.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_VERIFYKERNELS
#include "auxact/Codegen/Kernel/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact::codegen;

namespace {

struct VerifyKernels : public auxact::impl::VerifyKernelsBase<VerifyKernels> {
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (isTensorKernel(kernel) && failed(analyzeKernel(kernel)))
        return signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
