//===- LossOps.cpp - Losses -----------------------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::auxact;

/// A loss is one number of the element type of what it judges.
static LogicalResult inferScalar(ValueRange operands,
                                 SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<RankedTensorType>(operands.front().getType());
  if (!type)
    return failure();
  types.push_back(RankedTensorType::get({}, type.getElementType()));
  return success();
}

//===----------------------------------------------------------------------===//
// cross_entropy
//===----------------------------------------------------------------------===//

LogicalResult CrossEntropyOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
    OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  return inferScalar(operands, types);
}

LogicalResult CrossEntropyOp::verify() {
  auto logits = cast<RankedTensorType>(getLogits().getType());
  auto labels = cast<RankedTensorType>(getLabels().getType());
  if (logits.getRank() < 2)
    return emitOpError() << "expects logits of at least two dimensions "
                            "(rows, classes), but they are "
                         << logits;
  if (labels.getShape() != logits.getShape().drop_back())
    return emitOpError() << "expects one label a row of " << logits
                         << ", but the labels are " << labels;
  if (!labels.getElementType().isInteger(32) &&
      !labels.getElementType().isInteger(64))
    return emitOpError() << "expects labels of type i32 or i64, but they are "
                         << labels.getElementType();
  double smoothing = getLabelSmoothing().convertToDouble();
  if (!(smoothing >= 0.0 && smoothing < 1.0))
    return emitOpError() << "expects label_smoothing in [0, 1), but it is "
                         << smoothing;
  return success();
}

void CrossEntropyOp::buildResiduals(OpBuilder &builder,
                                    SmallVectorImpl<Value> &residuals) {
  auto logits = cast<RankedTensorType>(getLogits().getType());
  residuals.push_back(getLogits());
  residuals.push_back(
      LogSumExpOp::create(builder, getLoc(),
                          RankedTensorType::get(logits.getShape().drop_back(),
                                                logits.getElementType()),
                          getLogits()));
  residuals.push_back(getLabels());
  if (IntegerAttr ignored = getIgnoreIndexAttr())
    residuals.push_back(CountLabelsOp::create(
        builder, getLoc(), getLoss().getType(), getLabels(), ignored));
}

SmallVector<IndexOperand> CrossEntropyOp::getIndexOperands() {
  std::optional<int64_t> ignored;
  if (IntegerAttr attribute = getIgnoreIndexAttr())
    ignored = attribute.getInt();
  return {{getLabels(),
           cast<RankedTensorType>(getLogits().getType()).getShape().back(),
           ignored, /*isLabel=*/true}};
}

/// g / rows * (exp(z - lse) - (1 - e) [j = y] - e / C), and 0 in a row that is
/// ignored; `rows` are those that count.
LogicalResult CrossEntropyOp::buildInputGradients(
    OpBuilder &builder, ValueRange residuals, ValueRange resultGradients,
    const BitVector &, MutableArrayRef<Value> gradients) {
  auto type = cast<RankedTensorType>(getLogits().getType());
  int64_t classes = type.getShape().back();
  int64_t rows = type.getNumElements() / classes;
  double smoothing = getLabelSmoothing().convertToDouble();
  IntegerAttr ignored = getIgnoreIndexAttr();
  SmallVector<Value> inputs = {residuals[0], residuals[1], residuals[2],
                               resultGradients[0]};
  if (ignored)
    inputs.push_back(residuals[3]);
  gradients[0] = buildElementwise(
      builder, getLoc(), type, inputs,
      [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Type f = type.getElementType();
        Value shifted = arith::SubFOp::create(b, loc, args[0], args[1]);
        Value probability = math::ExpOp::create(b, loc, shifted);
        Value column = linalg::IndexOp::create(b, loc, 1);
        Value label =
            arith::IndexCastOp::create(b, loc, b.getIndexType(), args[2]);
        Value hit = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                          column, label);
        Value target = arith::SelectOp::create(
            b, loc, hit,
            floatConstant(b, loc, f, 1.0 - smoothing + smoothing / classes),
            floatConstant(b, loc, f, smoothing / classes));
        Value difference = arith::SubFOp::create(b, loc, probability, target);
        if (!ignored) {
          Value scale = arith::MulFOp::create(
              b, loc, args[3], floatConstant(b, loc, f, 1.0 / rows));
          return arith::MulFOp::create(b, loc, difference, scale);
        }
        Value scale = arith::DivFOp::create(b, loc, args[3], args[4]);
        Value product = arith::MulFOp::create(b, loc, difference, scale);
        return arith::SelectOp::create(b, loc,
                                       buildIsInteger(b, loc, args[2], ignored),
                                       floatConstant(b, loc, f, 0.0), product);
      },
      /*broadcastTrailing=*/true);
  return success();
}

//===----------------------------------------------------------------------===//
// log_sum_exp
//===----------------------------------------------------------------------===//

LogicalResult LogSumExpOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getType());
  if (input.getRank() == 0)
    return emitOpError("expects at least one dimension");
  auto expected = RankedTensorType::get(input.getShape().drop_back(),
                                        input.getElementType());
  if (result != expected)
    return emitOpError() << "expects a result of type " << expected
                         << ", but it is " << result;
  return success();
}

//===----------------------------------------------------------------------===//
// mean_squared_error
//===----------------------------------------------------------------------===//

LogicalResult MeanSquaredErrorOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
    OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  return inferScalar(operands, types);
}

LogicalResult MeanSquaredErrorOp::verify() {
  if (getPrediction().getType() == getTarget().getType())
    return success();
  return emitOpError() << "expects a target of type "
                       << getPrediction().getType() << ", but it is "
                       << getTarget().getType();
}

void MeanSquaredErrorOp::buildResiduals(OpBuilder &,
                                        SmallVectorImpl<Value> &residuals) {
  residuals.push_back(getPrediction());
  residuals.push_back(getTarget());
}

/// 2 g / n * (p - t), and its negative for the target.
LogicalResult MeanSquaredErrorOp::buildInputGradients(
    OpBuilder &builder, ValueRange residuals, ValueRange resultGradients,
    const BitVector &needed, MutableArrayRef<Value> gradients) {
  auto type = cast<RankedTensorType>(getPrediction().getType());
  auto build = [&](double sign) {
    return buildElementwise(
        builder, getLoc(), type,
        {residuals[0], residuals[1], resultGradients[0]},
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value difference = arith::SubFOp::create(b, loc, args[0], args[1]);
          Value factor = floatConstant(b, loc, type.getElementType(),
                                       sign * 2.0 / type.getNumElements());
          Value scale = arith::MulFOp::create(b, loc, args[2], factor);
          return arith::MulFOp::create(b, loc, difference, scale);
        });
  };
  if (needed[0])
    gradients[0] = build(1.0);
  if (needed[1])
    gradients[1] = build(-1.0);
  return success();
}
