//===- Arith.cpp - Gradients of arith on tensors --------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Gradients of arith on tensors.
//
//===----------------------------------------------------------------------===//

#include "ElementwiseGradient.h"

#include "auxact/Dialect/AuxAct/ExternalModels/ExternalModels.h"
#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::auxact;

static Value buildNegation(OpBuilder &builder, Operation *op, Value gradient) {
  return buildElementwiseLike(
      builder, op, gradient,
      [](OpBuilder &b, Location loc, ValueRange args) -> Value {
        return arith::NegFOp::create(b, loc, args[0]);
      });
}

namespace {

/// d(x + y) = dx + dy
struct AddModel
    : DifferentiableOpInterface::ExternalModel<AddModel, arith::AddFOp> {
  LogicalResult buildInputGradients(Operation *op, OpBuilder &, ValueRange,
                                    ValueRange resultGradients,
                                    const BitVector &,
                                    MutableArrayRef<Value> gradients) const {
    gradients[0] = gradients[1] = resultGradients[0];
    return checkOnTensor(op);
  }
};

/// d(x - y) = dx - dy
struct SubModel
    : DifferentiableOpInterface::ExternalModel<SubModel, arith::SubFOp> {
  LogicalResult buildInputGradients(Operation *op, OpBuilder &builder,
                                    ValueRange, ValueRange resultGradients,
                                    const BitVector &needed,
                                    MutableArrayRef<Value> gradients) const {
    if (failed(checkOnTensor(op)))
      return failure();
    gradients[0] = resultGradients[0];
    if (needed[1])
      gradients[1] = buildNegation(builder, op, resultGradients[0]);
    return success();
  }
};

/// d(-x) = -dx
struct NegModel
    : DifferentiableOpInterface::ExternalModel<NegModel, arith::NegFOp> {
  LogicalResult buildInputGradients(Operation *op, OpBuilder &builder,
                                    ValueRange, ValueRange resultGradients,
                                    const BitVector &,
                                    MutableArrayRef<Value> gradients) const {
    if (failed(checkOnTensor(op)))
      return failure();
    gradients[0] = buildNegation(builder, op, resultGradients[0]);
    return success();
  }
};

/// d(x y) = y dx + x dy
struct MulModel
    : DifferentiableOpInterface::ExternalModel<MulModel, arith::MulFOp> {
  void buildResiduals(Operation *op, OpBuilder &,
                      SmallVectorImpl<Value> &residuals) const {
    llvm::append_range(residuals, op->getOperands());
  }
  LogicalResult buildInputGradients(Operation *op, OpBuilder &builder,
                                    ValueRange residuals,
                                    ValueRange resultGradients,
                                    const BitVector &needed,
                                    MutableArrayRef<Value> gradients) const {
    if (failed(checkOnTensor(op)))
      return failure();
    for (unsigned i : needed.set_bits())
      gradients[i] = buildElementwiseLike(
          builder, op, {resultGradients[0], residuals[1 - i]},
          [](OpBuilder &b, Location loc, ValueRange args) -> Value {
            return arith::MulFOp::create(b, loc, args[0], args[1]);
          });
    return success();
  }
};

/// With r = x / y: dr = dx / y - r dy / y. Keeps y and r.
struct DivModel
    : DifferentiableOpInterface::ExternalModel<DivModel, arith::DivFOp> {
  void buildResiduals(Operation *op, OpBuilder &,
                      SmallVectorImpl<Value> &residuals) const {
    residuals.push_back(op->getOperand(1));
    residuals.push_back(op->getResult(0));
  }
  LogicalResult buildInputGradients(Operation *op, OpBuilder &builder,
                                    ValueRange residuals,
                                    ValueRange resultGradients,
                                    const BitVector &needed,
                                    MutableArrayRef<Value> gradients) const {
    if (failed(checkOnTensor(op)))
      return failure();
    Value divisor = residuals[0], ratio = residuals[1];
    if (needed[0])
      gradients[0] = buildElementwiseLike(
          builder, op, {resultGradients[0], divisor},
          [](OpBuilder &b, Location loc, ValueRange args) -> Value {
            return arith::DivFOp::create(b, loc, args[0], args[1]);
          });
    if (needed[1])
      gradients[1] = buildElementwiseLike(
          builder, op, {resultGradients[0], divisor, ratio},
          [](OpBuilder &b, Location loc, ValueRange args) -> Value {
            Value product = arith::MulFOp::create(b, loc, args[0], args[2]);
            Value share = arith::DivFOp::create(b, loc, product, args[1]);
            return arith::NegFOp::create(b, loc, share);
          });
    return success();
  }
};

/// The gradient goes to the left operand where that is the one chosen, and to
/// the right one elsewhere, ties included: max(x, 0) is a relu. Keeps one bit
/// an element.
template <typename Op>
struct ChoiceModel
    : DifferentiableOpInterface::ExternalModel<ChoiceModel<Op>, Op> {
  void buildResiduals(Operation *op, OpBuilder &builder,
                      SmallVectorImpl<Value> &residuals) const {
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (!type || !type.hasStaticShape())
      return;
    constexpr bool maximum = std::is_same_v<Op, arith::MaximumFOp>;
    Value lead = buildElementwiseLike(
        builder, op, op->getOperands(),
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          return maximum ? arith::SubFOp::create(b, loc, args[0], args[1])
                         : arith::SubFOp::create(b, loc, args[1], args[0]);
        });
    // A row of bits needs a dimension; a single number is kept as it is.
    if (type.getRank() > 0)
      lead = EncodeOp::create(
          builder, op->getLoc(),
          getBitsTensorType(builder.getContext(), type.getShape()), lead);
    residuals.push_back(lead);
  }

  LogicalResult buildInputGradients(Operation *op, OpBuilder &builder,
                                    ValueRange residuals,
                                    ValueRange resultGradients,
                                    const BitVector &needed,
                                    MutableArrayRef<Value> gradients) const {
    if (failed(checkOnTensor(op)))
      return failure();
    Value choice = residuals[0];
    if (isBitsTensor(choice.getType()))
      choice = DecodeOp::create(
          builder, op->getLoc(), op->getResult(0).getType(), choice,
          builder.getF64FloatAttr(0.0), builder.getF64FloatAttr(1.0));
    for (unsigned i : needed.set_bits())
      gradients[i] = buildElementwiseLike(
          builder, op, {resultGradients[0], choice},
          [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
            Value zero = floatConstant(b, loc, args[0].getType(), 0.0);
            Value left = arith::CmpFOp::create(
                b, loc, arith::CmpFPredicate::OGT, args[1], zero);
            return i == 0
                       ? arith::SelectOp::create(b, loc, left, args[0], zero)
                       : arith::SelectOp::create(b, loc, left, zero, args[0]);
          });
    return success();
  }
};

} // namespace

void mlir::auxact::registerArithExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    arith::AddFOp::attachInterface<AddModel>(*context);
    arith::SubFOp::attachInterface<SubModel>(*context);
    arith::NegFOp::attachInterface<NegModel>(*context);
    arith::MulFOp::attachInterface<MulModel>(*context);
    arith::DivFOp::attachInterface<DivModel>(*context);
    arith::MaximumFOp::attachInterface<ChoiceModel<arith::MaximumFOp>>(
        *context);
    arith::MinimumFOp::attachInterface<ChoiceModel<arith::MinimumFOp>>(
        *context);
  });
}
