//===- IsolateKernels.cpp - Kernels without their program -----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Kernels without their program.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/Kernel/Passes.h"
#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_ISOLATEKERNELS
#include "auxact/Codegen/Kernel/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;

namespace {

struct IsolateKernels
    : public auxact::impl::IsolateKernelsBase<IsolateKernels> {
  void runOnOperation() override {
    for (auto function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (!function->hasAttr(auxact::attrs::kernel))
        function.erase();
  }
};

} // namespace
