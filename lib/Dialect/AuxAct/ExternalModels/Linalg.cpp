//===- Linalg.cpp - Gradients of products of matrices ---------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Gradients of products of matrices that are no layers: both operands are
// values of the network.
//
//===----------------------------------------------------------------------===//

#include "ElementwiseGradient.h"

#include "auxact/Dialect/AuxAct/ExternalModels/ExternalModels.h"
#include "auxact/Interfaces/DifferentiableOpInterface.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// C = A B + C0: dA = dC B^T, dB = A^T dC, dC0 = dC.
struct MatmulModel
    : DifferentiableOpInterface::ExternalModel<MatmulModel, linalg::MatmulOp> {
  void buildResiduals(Operation *op, OpBuilder &,
                      SmallVectorImpl<Value> &residuals) const {
    residuals.push_back(op->getOperand(0));
    residuals.push_back(op->getOperand(1));
  }

  LogicalResult buildInputGradients(Operation *op, OpBuilder &builder,
                                    ValueRange residuals,
                                    ValueRange resultGradients,
                                    const BitVector &needed,
                                    MutableArrayRef<Value> gradients) const {
    if (failed(checkOnTensor(op)))
      return failure();
    std::optional<std::pair<bool, bool>> transposed =
        getTransposedOperands(cast<linalg::LinalgOp>(op));
    if (!transposed)
      return op->emitOpError("has a gradient for operands (m, k) or (k, m) and "
                             "(k, n) or (n, k) only; its maps are others");
    auto [lhsTransposed, rhsTransposed] = *transposed;
    Location loc = op->getLoc();
    Value lhs = residuals[0], rhs = residuals[1], delta = resultGradients[0];
    if (needed[0])
      gradients[0] =
          lhsTransposed
              ? buildContraction(builder, loc, rhs, rhsTransposed, delta, true)
              : buildContraction(builder, loc, delta, false, rhs,
                                 !rhsTransposed);
    if (needed[1])
      gradients[1] =
          rhsTransposed
              ? buildContraction(builder, loc, delta, true, lhs, lhsTransposed)
              : buildContraction(builder, loc, lhs, !lhsTransposed, delta,
                                 false);
    gradients[2] = delta;
    return success();
  }
};

} // namespace

void mlir::auxact::registerLinalgExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    linalg::MatmulOp::attachInterface<MatmulModel>(*context);
  });
}
