//===- SelectEntry.cpp ----------------------------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Keep what one entry of the program returns and reads.
//
// -*- C++ -*-===
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_SELECTENTRY
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct SelectEntry : auxact::impl::SelectEntryBase<SelectEntry> {
  using SelectEntryBase::SelectEntryBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration() || func->hasAttr(attrs::kernel))
      return;
    if (entry.empty()) {
      func.emitOpError("needs the name of an entry; expected `entry=...`");
      return signalPassFailure();
    }
    func.setName(entry);
    if (readOnly)
      dropReplacements(func);
    dropResults(func);
    dropDeadOperations(func);
    dropArguments(func);
  }

  /// An entry that changes no state returns none.
  void dropReplacements(func::FuncOp func) {
    BitVector dropped(func.getNumResults());
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      if (auto index =
              func.getArgAttrOfType<IntegerAttr>(i, attrs::replacedBy)) {
        dropped.set(index.getInt());
        func.removeArgAttr(i, attrs::replacedBy);
      }
    func.getBody().front().getTerminator()->eraseOperands(dropped);
    (void)func.eraseResults(dropped);
  }

  /// Whether the result is asked for, or carries state or a gradient.
  bool keeps(func::FuncOp func, unsigned index) {
    auto name = func.getResultAttrOfType<StringAttr>(index, attrs::output);
    return !name || name.getValue().contains(':') ||
           llvm::is_contained(*outputs, name.getValue());
  }

  void dropResults(func::FuncOp func) {
    BitVector dropped(func.getNumResults());
    SmallVector<int64_t> newIndex(func.getNumResults(), 0);
    int64_t next = 0;
    for (unsigned i = 0; i < func.getNumResults(); ++i) {
      newIndex[i] = next;
      if (keeps(func, i))
        ++next;
      else
        dropped.set(i);
    }
    func.getBody().front().getTerminator()->eraseOperands(dropped);
    // Numbers first: an argument may not name a result that is not there.
    Builder builder(func.getContext());
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      if (auto index = func.getArgAttrOfType<IntegerAttr>(i, attrs::replacedBy))
        func.setArgAttr(i, attrs::replacedBy,
                        builder.getI64IntegerAttr(newIndex[index.getInt()]));
    (void)func.eraseResults(dropped);
  }

  void dropDeadOperations(func::FuncOp func) {
    for (Operation &op :
         llvm::make_early_inc_range(llvm::reverse(func.getBody().front())))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  void dropArguments(func::FuncOp func) {
    BitVector dropped(func.getNumArguments());
    for (BlockArgument argument : func.getArguments())
      if (argument.use_empty())
        dropped.set(argument.getArgNumber());
    (void)func.eraseArguments(dropped);
  }
};

} // namespace
