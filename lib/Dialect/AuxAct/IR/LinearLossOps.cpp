//===- LinearLossOps.cpp - Losses with their last layer -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/ChunkedLogits.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::auxact;

using Along = ChunkedLogits::Along;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// linear_log_sum_exp
//===----------------------------------------------------------------------===//

LogicalResult LinearLogSumExpOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
    OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  auto input = dyn_cast<RankedTensorType>(operands[0].getType());
  if (!input || input.getRank() < 2)
    return failure();
  types.push_back(RankedTensorType::get(input.getShape().drop_back(),
                                        input.getElementType()));
  return success();
}

//===----------------------------------------------------------------------===//
// linear_cross_entropy
//===----------------------------------------------------------------------===//

LogicalResult LinearCrossEntropyOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
    OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  auto input = dyn_cast<RankedTensorType>(operands[0].getType());
  if (!input)
    return failure();
  types.push_back(RankedTensorType::get({}, input.getElementType()));
  return success();
}

LogicalResult LinearCrossEntropyOp::verify() {
  RankedTensorType input = asTensor(getInput());
  RankedTensorType weight = asTensor(getWeight());
  RankedTensorType labels = asTensor(getLabels());
  if (input.getRank() < 2)
    return emitOpError() << "expects an input of at least two dimensions "
                            "(rows, features), but it is "
                         << input;
  if (weight.getRank() != 2 || weight.getDimSize(1) != input.getShape().back())
    return emitOpError() << "expects a weight of two dimensions (classes, "
                         << input.getShape().back() << "), but it is "
                         << weight;
  if (getBias() &&
      asTensor(getBias()).getShape() != weight.getShape().take_front())
    return emitOpError() << "expects a bias of " << weight.getDimSize(0)
                         << " elements, one a class, but it is "
                         << getBias().getType();
  if (labels.getShape() != input.getShape().drop_back())
    return emitOpError() << "expects one label a row of " << input
                         << ", but the labels are " << labels;
  double smoothing = getLabelSmoothing().convertToDouble();
  if (!(smoothing >= 0.0 && smoothing < 1.0))
    return emitOpError() << "expects label_smoothing in [0, 1), but it is "
                         << smoothing;
  std::optional<int64_t> chunk = getChunk();
  if (chunk && (*chunk < 256 || *chunk % 256 != 0))
    return emitOpError() << "expects a chunk that is a multiple of 256, but it "
                            "is "
                         << *chunk;
  return success();
}

SmallVector<IndexOperand> LinearCrossEntropyOp::getIndexOperands() {
  std::optional<int64_t> ignored;
  if (IntegerAttr attribute = getIgnoreIndexAttr())
    ignored = attribute.getInt();
  return {{getLabels(), asTensor(getWeight()).getDimSize(0), ignored,
           /*isLabel=*/true}};
}

int64_t LinearCrossEntropyOp::getChunkSize() {
  if (std::optional<uint64_t> chunk = getChunk())
    return *chunk;
  RankedTensorType input = asTensor(getInput());
  return ChunkedLogits::chooseChunk(input.getNumElements() /
                                        input.getShape().back(),
                                    asTensor(getWeight()).getDimSize(0));
}

void LinearCrossEntropyOp::buildResiduals(OpBuilder &builder,
                                          SmallVectorImpl<Value> &residuals) {
  residuals.append({getInput(), getWeight(), getLabels()});
  residuals.push_back(LinearLogSumExpOp::create(
      builder, getLoc(), getInput(), getWeight(), getBias(), getChunkSize()));
  if (IntegerAttr ignored = getIgnoreIndexAttr())
    residuals.push_back(CountLabelsOp::create(
        builder, getLoc(), getLoss().getType(), getLabels(), ignored));
  if (getBias())
    residuals.push_back(getBias());
}

/// One number a row: the gradient of the loss by the row's own loss.
static Value buildRowGradient(OpBuilder &builder, Location loc, Value labels,
                              Value gradient, Value count,
                              IntegerAttr ignored) {
  int64_t rows = asTensor(labels).getDimSize(0);
  Type f = asTensor(gradient).getElementType();
  auto type = RankedTensorType::get({rows}, f);
  if (!ignored)
    return buildElementwise(
        builder, loc, type, gradient,
        [&](OpBuilder &b, Location l, ValueRange args) -> Value {
          return arith::MulFOp::create(b, l, args[0],
                                       floatConstant(b, l, f, 1.0 / rows));
        });
  return buildElementwise(
      builder, loc, type, {labels, gradient, count},
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value share = arith::DivFOp::create(b, l, args[1], args[2]);
        return arith::SelectOp::create(b, l,
                                       buildIsInteger(b, l, args[0], ignored),
                                       floatConstant(b, l, f, 0.0), share);
      });
}

/// With z the logits of a part, made again, and g the row's gradient:
/// d = g * (exp(z - lse) - (1 - e) [j = y] - e / C); then dx is the sum over
/// the parts of d * W, and a part's rows of dW and db are d^T * x and the sum
/// of d.
LogicalResult LinearCrossEntropyOp::buildInputGradients(
    OpBuilder &builder, ValueRange residuals, ValueRange resultGradients,
    const BitVector &needed, MutableArrayRef<Value> gradients) {
  Location loc = getLoc();
  auto asList = [&](Value value) -> Value {
    RankedTensorType type = asTensor(value);
    return ReshapeOp::create(
        builder, loc,
        RankedTensorType::get({type.getNumElements()}, type.getElementType()),
        value, StringAttr());
  };
  IntegerAttr ignored = getIgnoreIndexAttr();
  Value input = buildAsMatrix(builder, loc, residuals[0]);
  Value labels = asList(residuals[2]), logSumExp = asList(residuals[3]);
  Value bias = getBias() ? residuals.back() : Value();
  Value rowGradient =
      buildRowGradient(builder, loc, labels, resultGradients[0],
                       ignored ? residuals[4] : Value(), ignored);
  ChunkedLogits logits(builder, loc, input, residuals[1], bias, getChunkSize());
  double smoothing = getLabelSmoothing().convertToDouble();
  double share = smoothing / double(logits.getClasses());

  Value inputGradient;
  SmallVector<Value> weightParts, biasParts;
  for (int64_t start : logits.getStarts()) {
    Value delta = logits.buildElements(
        start,
        {{logits.getLogits(start), Along::Both},
         {logSumExp, Along::Rows},
         {labels, Along::Rows},
         {rowGradient, Along::Rows}},
        [&](OpBuilder &b, Location l, ValueRange args) -> Value {
          Type f = args[0].getType();
          Value shifted = arith::SubFOp::create(b, l, args[0], args[1]);
          Value probability = math::ExpOp::create(b, l, shifted);
          Value target = arith::SelectOp::create(
              b, l, ChunkedLogits::isClass(b, l, args[2], args[4]),
              floatConstant(b, l, f, 1.0 - smoothing + share),
              floatConstant(b, l, f, share));
          Value difference = arith::SubFOp::create(b, l, probability, target);
          return arith::MulFOp::create(b, l, difference, args[3]);
        });
    if (needed[0]) {
      Value part =
          buildContraction(builder, loc, delta, /*lhsTransposed=*/false,
                           logits.getWeight(start), /*rhsTransposed=*/false);
      inputGradient = inputGradient
                          ? AddOp::create(builder, loc, inputGradient, part)
                          : part;
    }
    if (needed[1])
      weightParts.push_back(buildContraction(builder, loc, delta,
                                             /*lhsTransposed=*/true, input,
                                             /*rhsTransposed=*/false));
    if (bias)
      biasParts.push_back(buildReduction(
          builder, loc, delta, /*dim=*/0, ReductionKind::Add,
          [](OpBuilder &, Location, ValueRange args) { return args[0]; }));
  }
  auto join = [&](ValueRange parts) -> Value {
    return parts.size() == 1
               ? parts.front()
               : ConcatOp::create(builder, loc, parts, /*dim=*/int64_t(0))
                     .getResult();
  };
  if (needed[0])
    gradients[0] = ReshapeOp::create(builder, loc, getInput().getType(),
                                     inputGradient, StringAttr());
  if (needed[1])
    gradients[1] = join(weightParts);
  if (bias && needed[getBiasMutable().begin()->getOperandNumber()])
    gradients[getBiasMutable().begin()->getOperandNumber()] = join(biasParts);
  return success();
}
