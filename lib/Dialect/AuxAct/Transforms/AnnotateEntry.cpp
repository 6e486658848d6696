//===- AnnotateEntry.cpp - Note label classes and layers ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Note on an entry what its plan will be asked for.
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

/// As saved values name the layer: by location, else by attribute.
static StringAttr getLayerName(Operation *op) {
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    return name.getName();
  if (auto name = op->getAttrOfType<StringAttr>("name"))
    return name;
  return StringAttr::get(op->getContext(), op->getName().stripDialect());
}

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
      layers.insert(getLayerName(op));
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
