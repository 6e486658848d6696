//===- ReturnSavedValues.cpp - Let an entry return what a step keeps ------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The entry `saved` shows the bits and tensors that lie between forward and
// backward, so that a test can compare them with its own.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "llvm/ADT/StringMap.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_RETURNSAVEDVALUES
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct ReturnSavedValues
    : auxact::impl::ReturnSavedValuesBase<ReturnSavedValues> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration() || func->hasAttr(attrs::kernel))
      return;
    Operation *terminator = func.getBody().front().getTerminator();
    Builder builder(func.getContext());
    llvm::StringMap<int64_t> uses;
    for (SaveOp save : func.getOps<SaveOp>()) {
      if (cast<RankedTensorType>(save.getType()).getEncoding()) {
        save.emitOpError("keeps an encoded tensor, whose bytes have no type "
                         "yet; convert to linalg first");
        return signalPassFailure();
      }
      std::string name = ("saved:" + save.getLayer()).str();
      if (int64_t before = uses[save.getLayer()]++)
        name += "." + std::to_string(before);
      unsigned index = func.getNumResults();
      (void)func.insertResult(index, save.getType(),
                              builder.getDictionaryAttr(builder.getNamedAttr(
                                  attrs::output, builder.getStringAttr(name))));
      terminator->insertOperands(index, save.getResult());
    }
  }
};

} // namespace
