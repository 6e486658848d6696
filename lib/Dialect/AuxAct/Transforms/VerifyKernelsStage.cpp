//===- VerifyKernelsStage.cpp ---------------------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Check the form that the kernels stage ends in.
//
// -*- C++ -*-===
//
//===----------------------------------------------------------------------===//
//
// Check the form that the kernels stage ends in.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/StringSet.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_VERIFYKERNELSSTAGE
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct VerifyKernelsStage
    : auxact::impl::VerifyKernelsStageBase<VerifyKernelsStage> {
  void runOnOperation() override {
    llvm::StringSet<> launched;
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isDeclaration() || func->hasAttr(attrs::kernel))
        continue;
      if (failed(verifyEntry(func, launched)))
        return signalPassFailure();
    }
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func->hasAttr(attrs::kernel) && !launched.contains(func.getName())) {
        func.emitOpError("is a kernel that no entry launches");
        return signalPassFailure();
      }
  }

  LogicalResult verifyEntry(func::FuncOp func, llvm::StringSet<> &launched) {
    for (Operation &op : func.getBody().front()) {
      if (auto launch = dyn_cast<LaunchOp>(op)) {
        launched.insert(launch.getKernel());
        auto kernel =
            SymbolTable::lookupNearestSymbolFrom(func, launch.getKernelAttr());
        if (!kernel->hasAttr(attrs::kernel))
          return launch.emitOpError() << "launches '" << launch.getKernel()
                                      << "', which lacks `auxact.kernel`";
        continue;
      }
      if (!isa<SaveOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
               tensor::ExtractSliceOp, func::ReturnOp>(op))
        return op.emitOpError("is left outside of kernels; expected launches, "
                              "views, auxact.save and return only");
    }
    return success();
  }
};

} // namespace
