//===- ElementwiseGradient.cpp - Gradients, element by element ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What the gradients of upstream's elementwise operations have in common.
//
//===----------------------------------------------------------------------===//

#include "ElementwiseGradient.h"

using namespace mlir;
using namespace mlir::auxact;

LogicalResult mlir::auxact::checkOnTensor(Operation *op) {
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (type && type.hasStaticShape())
    return success();
  return op->emitOpError()
         << "has a gradient on tensors of a fixed shape only, "
            "but its result is "
         << op->getResult(0).getType();
}

Value mlir::auxact::buildElementwiseLike(OpBuilder &builder, Operation *op,
                                         ValueRange inputs, ScalarBody body) {
  return buildElementwise(builder, op->getLoc(),
                          cast<RankedTensorType>(op->getResult(0).getType()),
                          inputs, body);
}
