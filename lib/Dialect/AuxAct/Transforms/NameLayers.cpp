//===- NameLayers.cpp - Carry the names of layers in locations ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_NAMELAYERS
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct NameLayers : auxact::impl::NameLayersBase<NameLayers> {
  void runOnOperation() override {
    Builder builder(&getContext());
    unsigned number = 0;
    for (Operation &op : getOperation().getOps()) {
      if (!isa<DifferentiableOpInterface>(op))
        continue;
      auto name = op.getAttrOfType<StringAttr>("name");
      if (!name)
        name = builder.getStringAttr(op.getName().stripDialect() + "." +
                                     Twine(number));
      ++number;
      Location loc = op.getLoc();
      if (auto inner = dyn_cast<NameLoc>(loc))
        loc = inner.getChildLoc();
      op.setLoc(NameLoc::get(name, loc));
    }
  }
};

} // namespace
