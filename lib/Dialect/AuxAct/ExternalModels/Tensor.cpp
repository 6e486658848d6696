//===- Tensor.cpp - Gradients of views ------------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Gradients of the tensor dialect's views.
//
//===----------------------------------------------------------------------===//

#include "ElementwiseGradient.h"

#include "auxact/Dialect/AuxAct/ExternalModels/ExternalModels.h"
#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// The same elements in the operand's shape.
template <typename Op>
struct ViewModel : DifferentiableOpInterface::ExternalModel<ViewModel<Op>, Op> {
  LogicalResult buildInputGradients(Operation *op, OpBuilder &builder,
                                    ValueRange, ValueRange resultGradients,
                                    const BitVector &,
                                    MutableArrayRef<Value> gradients) const {
    if (failed(checkOnTensor(op)))
      return failure();
    gradients[0] =
        ReshapeOp::create(builder, op->getLoc(), op->getOperand(0).getType(),
                          resultGradients[0], StringAttr());
    return success();
  }
};

} // namespace

void mlir::auxact::registerTensorExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    tensor::CollapseShapeOp::attachInterface<
        ViewModel<tensor::CollapseShapeOp>>(*context);
    tensor::ExpandShapeOp::attachInterface<ViewModel<tensor::ExpandShapeOp>>(
        *context);
  });
}
