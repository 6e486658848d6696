//===- AttentionOps.cpp - Scaled dot-product attention --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include <cmath>

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// What holds of the operands in the forward and in the backward.
static LogicalResult verifyOperands(Operation *op, Value query, Value key,
                                    Value value, Value mask, int64_t heads) {
  RankedTensorType q = asTensor(query), k = asTensor(key), v = asTensor(value);
  if (q.getRank() != 3 || k.getRank() != 3)
    return op->emitOpError() << "expects queries and keys of three dimensions "
                                "(batch, tokens, features), but they are "
                             << q << " and " << k;
  if (v.getShape() != k.getShape())
    return op->emitOpError() << "expects values of the keys' shape " << k
                             << ", but they are " << v;
  if (q.getDimSize(0) != k.getDimSize(0) || q.getDimSize(2) != k.getDimSize(2))
    return op->emitOpError()
           << "expects queries and keys of one batch size and one number of "
              "features, but they are "
           << q << " and " << k;
  if (heads < 1 || q.getDimSize(2) % heads != 0)
    return op->emitOpError()
           << "expects heads that divide the " << q.getDimSize(2)
           << " features evenly, but has " << heads;
  for (RankedTensorType type : {q, k, v})
    if (!type.getElementType().isF32() && !type.getElementType().isBF16())
      return op->emitOpError()
             << "computes on f32 and bf16, but one operand is " << type;
  if (!mask)
    return success();
  ArrayRef<int64_t> shape = asTensor(mask).getShape(), keys = k.getShape();
  if (shape != keys.take_front(1) && shape != keys.take_front(2))
    return op->emitOpError()
           << "expects lengths of shape (" << keys[0]
           << ") or a mask of shape (" << keys[0] << ", " << keys[1]
           << "), but `mask` is " << asTensor(mask);
  return success();
}

/// The log-sum-exp of queries of this type: (batch, heads, queries).
static RankedTensorType getStatisticsType(RankedTensorType query,
                                          int64_t heads) {
  return RankedTensorType::get(
      {query.getDimSize(0), heads, query.getDimSize(1)},
      Float32Type::get(query.getContext()));
}

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

LogicalResult
AttentionOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                              ValueRange operands, DictionaryAttr attributes,
                              OpaqueProperties properties, RegionRange,
                              SmallVectorImpl<Type> &types) {
  auto query = dyn_cast<RankedTensorType>(operands.front().getType());
  IntegerAttr heads = properties.as<Properties *>()->getHeads();
  if (!query || query.getRank() != 3 || !heads)
    return failure();
  types.push_back(query);
  types.push_back(getStatisticsType(query, heads.getInt()));
  return success();
}

LogicalResult AttentionOp::verify() {
  return verifyOperands(*this, getQuery(), getKey(), getValue(), getMask(),
                        getHeads());
}

double AttentionOp::getScoreScale() {
  if (std::optional<APFloat> scale = getScale())
    return scale->convertToFloat();
  int64_t size = asTensor(getQuery()).getDimSize(2) / int64_t(getHeads());
  return 1.0 / std::sqrt(double(size));
}

void AttentionOp::buildResiduals(OpBuilder &,
                                 SmallVectorImpl<Value> &residuals) {
  residuals.append(
      {getQuery(), getKey(), getValue(), getResult(), getLogSumExp()});
  if (Value mask = getMask())
    residuals.push_back(mask);
}

/// Not the log-sum-exp, in which a small error would be a factor of a whole
/// row, nor the mask.
SmallVector<unsigned> AttentionOp::getEncodableResiduals() {
  return {0, 1, 2, 3};
}

LogicalResult AttentionOp::buildInputGradients(
    OpBuilder &builder, ValueRange residuals, ValueRange resultGradients,
    const BitVector &needed, MutableArrayRef<Value> gradients) {
  if (resultGradients[1])
    return emitOpError("has no gradient through its log-sum-exp");
  SmallVector<Type> types;
  for (Value operand : residuals.take_front(3))
    types.push_back(operand.getType());
  auto grad = AttentionGradOp::create(
      builder, getLoc(), types, residuals[0], residuals[1], residuals[2],
      residuals[3], residuals[4], resultGradients[0],
      residuals.size() > 5 ? residuals[5] : Value(), getHeads(), getCausal(),
      APFloat(float(getScoreScale())));
  for (unsigned i = 0; i < 3; ++i)
    if (needed[i])
      gradients[i] = grad->getResult(i);
  return success();
}

//===----------------------------------------------------------------------===//
// attention_grad
//===----------------------------------------------------------------------===//

LogicalResult AttentionGradOp::verify() {
  if (failed(verifyOperands(*this, getQuery(), getKey(), getValue(), getMask(),
                            getHeads())))
    return failure();
  RankedTensorType query = asTensor(getQuery());
  for (Value value : {getResult(), getGradient(), getQueryGradient()})
    if (asTensor(value).getShape() != query.getShape())
      return emitOpError() << "expects the queries' shape of result and "
                              "gradients, "
                           << query << ", but one is " << value.getType();
  for (Value value : {getKeyGradient(), getValueGradient()})
    if (asTensor(value).getShape() != asTensor(getKey()).getShape())
      return emitOpError()
             << "expects the keys' shape of the gradients of keys "
                "and values, "
             << getKey().getType() << ", but one is " << value.getType();
  RankedTensorType statistics = getStatisticsType(query, getHeads());
  if (getLogSumExp().getType() != statistics)
    return emitOpError() << "expects a log-sum-exp of type " << statistics
                         << ", but it is " << getLogSumExp().getType();
  return success();
}
