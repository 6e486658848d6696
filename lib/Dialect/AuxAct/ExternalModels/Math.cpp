//===- Math.cpp - Gradients of math on tensors ----------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Gradients of math on tensors.
//
//===----------------------------------------------------------------------===//

#include "ElementwiseGradient.h"

#include "auxact/Dialect/AuxAct/ExternalModels/ExternalModels.h"
#include "auxact/Interfaces/DifferentiableOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

enum class Keeps { Input, Result };

/// A function of one number. `Model::build` makes the gradient of the input out
/// of that of the result and of the one number that is kept.
template <typename Model, typename Op, Keeps keeps>
struct UnaryModel : DifferentiableOpInterface::ExternalModel<Model, Op> {
  void buildResiduals(Operation *op, OpBuilder &,
                      SmallVectorImpl<Value> &residuals) const {
    residuals.push_back(keeps == Keeps::Input ? op->getOperand(0)
                                              : op->getResult(0));
  }
  LogicalResult buildInputGradients(Operation *op, OpBuilder &builder,
                                    ValueRange residuals,
                                    ValueRange resultGradients,
                                    const BitVector &,
                                    MutableArrayRef<Value> gradients) const {
    if (failed(checkOnTensor(op)))
      return failure();
    gradients[0] =
        buildElementwiseLike(builder, op, {resultGradients[0], residuals[0]},
                             [](OpBuilder &b, Location loc, ValueRange args) {
                               return Model::build(b, loc, args[0], args[1]);
                             });
    return success();
  }
};

/// y = exp(x): dx = y dy
struct ExpModel : UnaryModel<ExpModel, math::ExpOp, Keeps::Result> {
  static Value build(OpBuilder &b, Location loc, Value gradient, Value y) {
    return arith::MulFOp::create(b, loc, gradient, y);
  }
};

/// y = log(x): dx = dy / x
struct LogModel : UnaryModel<LogModel, math::LogOp, Keeps::Input> {
  static Value build(OpBuilder &b, Location loc, Value gradient, Value x) {
    return arith::DivFOp::create(b, loc, gradient, x);
  }
};

/// y = sqrt(x): dx = dy / (2 y)
struct SqrtModel : UnaryModel<SqrtModel, math::SqrtOp, Keeps::Result> {
  static Value build(OpBuilder &b, Location loc, Value gradient, Value y) {
    Value twice = arith::AddFOp::create(b, loc, y, y);
    return arith::DivFOp::create(b, loc, gradient, twice);
  }
};

/// y = tanh(x): dx = (1 - y^2) dy
struct TanhModel : UnaryModel<TanhModel, math::TanhOp, Keeps::Result> {
  static Value build(OpBuilder &b, Location loc, Value gradient, Value y) {
    Value square = arith::MulFOp::create(b, loc, y, y);
    Value slope = arith::SubFOp::create(
        b, loc, floatConstant(b, loc, y.getType(), 1.0), square);
    return arith::MulFOp::create(b, loc, gradient, slope);
  }
};

/// y = erf(x): dx = 2 / sqrt(pi) exp(-x^2) dy
struct ErfModel : UnaryModel<ErfModel, math::ErfOp, Keeps::Input> {
  static Value build(OpBuilder &b, Location loc, Value gradient, Value x) {
    Value square = arith::MulFOp::create(b, loc, x, x);
    Value bell =
        math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, square));
    Value slope = arith::MulFOp::create(
        b, loc, bell, floatConstant(b, loc, x.getType(), 1.1283791670955126));
    return arith::MulFOp::create(b, loc, gradient, slope);
  }
};

} // namespace

void mlir::auxact::registerMathExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, math::MathDialect *) {
    math::ExpOp::attachInterface<ExpModel>(*context);
    math::LogOp::attachInterface<LogModel>(*context);
    math::SqrtOp::attachInterface<SqrtModel>(*context);
    math::TanhOp::attachInterface<TanhModel>(*context);
    math::ErfOp::attachInterface<ErfModel>(*context);
  });
}
