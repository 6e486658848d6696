//===- ShareSavedValues.cpp -----------------------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Do not keep bits of a value that is kept itself.
//
// -*- C++ -*-===
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/DenseSet.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_SHARESAVEDVALUES
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct ShareSavedValues : auxact::impl::ShareSavedValuesBase<ShareSavedValues> {
  void runOnOperation() override {
    llvm::DenseSet<Value> kept;
    SmallVector<SaveOp> saves(getOperation().getOps<SaveOp>());
    for (SaveOp save : saves)
      kept.insert(save.getInput());
    for (SaveOp save : saves) {
      auto encode = save.getInput().getDefiningOp<EncodeOp>();
      if (!encode || !kept.contains(encode.getInput()))
        continue;
      OpBuilder builder(save);
      Value value =
          SaveOp::create(builder, save.getLoc(), encode.getInput(),
                         save.getLayer(), save.getRule(), save.getExactBytes());
      Value bits =
          EncodeOp::create(builder, save.getLoc(), save.getType(), value);
      save.replaceAllUsesWith(bits);
      save.erase();
    }
  }
};

} // namespace
