//===- AnnotateEntry.cpp - Note label classes and layers --------*- C++ -*-===//
//
// Part of auxact. Note on an entry what its plan will be asked for.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "llvm/ADT/SetVector.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_ANNOTATEENTRY
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct AnnotateEntry : mlir::auxact::impl::AnnotateEntryBase<AnnotateEntry> {
  using AnnotateEntryBase::AnnotateEntryBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration() || func->hasAttr(attrs::kernel))
      return;
    Builder builder(&getContext());
    llvm::SetVector<StringAttr> layers;
    func.walk([&](Operation *op) {
      if (!isa<DifferentiableOpInterface>(op))
        return;
      auto name = op->getAttrOfType<StringAttr>("name");
      layers.insert(name ? name
                         : builder.getStringAttr(op->getName().stripDialect()));
      if (auto loss = dyn_cast<CrossEntropyOp>(op))
        noteClasses(func, loss);
    });
    SmallVector<Attribute> names(layers.begin(), layers.end());
    func->setAttr(attrs::layers, builder.getArrayAttr(names));
  }

  void noteClasses(func::FuncOp func, CrossEntropyOp loss) {
    auto labels = dyn_cast<BlockArgument>(loss.getLabels());
    if (!labels || labels.getOwner() != &func.getBody().front())
      return;
    int64_t classes =
        cast<RankedTensorType>(loss.getLogits().getType()).getShape().back();
    unsigned number = labels.getArgNumber();
    auto noted = func.getArgAttrOfType<IntegerAttr>(number, attrs::classes);
    // Two losses on the same labels: a label must be in range for both.
    if (noted)
      classes = std::min(classes, noted.getInt());
    func.setArgAttr(number, attrs::classes,
                    Builder(&getContext()).getI64IntegerAttr(classes));
  }
};

} // namespace
