//===- UseAverages.cpp - Parameters' averages instead of parameters -------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Let an entry read the running averages of the parameters.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"
#include "auxact/Dialect/AuxAct/Transforms/StateNames.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_USEAVERAGES
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct UseAverages : auxact::impl::UseAveragesBase<UseAverages> {
  using UseAveragesBase::UseAveragesBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration() || func->hasAttr(attrs::kernel))
      return;
    Builder builder(&getContext());
    for (unsigned i = 0; i < func.getNumArguments(); ++i) {
      auto name = func.getArgAttrOfType<StringAttr>(i, attrs::parameter);
      if (!name)
        continue;
      if (func.getArgAttr(i, attrs::replacedBy)) {
        func.emitOpError() << "updates '" << name.getValue()
                           << "'; only an entry that changes no parameter can "
                              "read averages";
        return signalPassFailure();
      }
      func.removeArgAttr(i, attrs::parameter);
      func.setArgAttr(i, attrs::state,
                      builder.getStringAttr(name.getValue() + averageSuffix));
      func.setArgAttr(i, attrs::init, builder.getF32FloatAttr(0.0f));
    }
  }
};

} // namespace
