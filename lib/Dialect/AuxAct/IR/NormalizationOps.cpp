//===- NormalizationOps.cpp - Normalisations ------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/IR/Moments.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static Value buildLike(OpBuilder &builder, Location loc, Value value,
                       Value like) {
  if (value.getType() == like.getType())
    return value;
  return ReshapeOp::create(builder, loc, like.getType(), value, StringAttr());
}

/// A tensor with one element for each feature of `input`.
static LogicalResult verifyFeatures(Operation *op, StringRef what, Value value,
                                    RankedTensorType input) {
  if (!value)
    return success();
  RankedTensorType type = asTensor(value);
  auto expected = RankedTensorType::get(input.getShape().back(),
                                        input.getElementType());
  if (type == expected)
    return success();
  return op->emitOpError() << "expects a " << what << " of type " << expected
                           << ", one element a feature of " << input
                           << ", but it is " << type;
}

static LogicalResult verifyEpsilon(Operation *op, const APFloat &epsilon) {
  if (epsilon.convertToDouble() > 0.0)
    return success();
  return op->emitOpError() << "expects epsilon > 0, but it is "
                           << epsilon.convertToDouble();
}

//===----------------------------------------------------------------------===//
// BatchNormOp
//===----------------------------------------------------------------------===//

LogicalResult BatchNormOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
    OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  types.append({operands.front().getType(),
                operands[operands.size() - 2].getType(),
                operands.back().getType()});
  return success();
}

LogicalResult BatchNormOp::verify() {
  RankedTensorType input = asTensor(getInput());
  if (input.getRank() < 2)
    return emitOpError() << "expects an input of at least two dimensions "
                            "(batch, features), but it is "
                         << input;
  if (input.getNumElements() == input.getShape().back())
    return emitOpError() << "expects more than one value a feature to "
                            "normalise over, but its input is "
                         << input;
  if (failed(verifyFeatures(*this, "weight", getWeight(), input)) ||
      failed(verifyFeatures(*this, "bias", getBias(), input)) ||
      failed(verifyFeatures(*this, "running mean", getRunningMean(), input)) ||
      failed(verifyFeatures(*this, "running variance", getRunningVariance(),
                            input)))
    return failure();
  double momentum = getMomentum().convertToDouble();
  if (!(momentum >= 0.0 && momentum <= 1.0))
    return emitOpError() << "expects momentum in [0, 1], but it is "
                         << momentum;
  return verifyEpsilon(*this, getEpsilon());
}

void BatchNormOp::buildEvaluation(OpBuilder &builder,
                                  SmallVectorImpl<Value> &replacements) {
  Value reciprocal =
      buildReciprocalDeviation(builder, getLoc(), getRunningVariance(),
                               getEpsilon().convertToDouble());
  replacements.append({buildNormalizeColumns(builder, getLoc(), getInput(),
                                             getRunningMean(), reciprocal,
                                             getWeight(), getBias()),
                       getRunningMean(), getRunningVariance()});
}

/// Written as the conversion writes it, so that the two merge.
void BatchNormOp::buildResiduals(OpBuilder &builder,
                                 SmallVectorImpl<Value> &residuals) {
  Moments moments = buildColumnMoments(
      builder, getLoc(), buildAsMatrix(builder, getLoc(), getInput()));
  residuals.append({getInput(), moments.mean,
                    buildReciprocalDeviation(builder, getLoc(),
                                             moments.variance,
                                             getEpsilon().convertToDouble())});
  if (getWeight())
    residuals.push_back(getWeight());
}

/// With xhat = (x - mean) * reciprocal and N rows:
///   dbias = sum(delta), dweight = sum(delta * xhat),
///   dx = weight * reciprocal * (delta - dbias / N - xhat * dweight / N)
LogicalResult BatchNormOp::buildInputGradients(
    OpBuilder &builder, ValueRange residuals, ValueRange resultGradients,
    const BitVector &needed, MutableArrayRef<Value> gradients) {
  Location loc = getLoc();
  if (resultGradients[1] || resultGradients[2])
    return emitOpError("has running statistics that the loss depends on; "
                       "expected it to read the first result only");
  Value x = buildAsMatrix(builder, loc, residuals[0]);
  Value delta = buildAsMatrix(builder, loc, resultGradients[0]);
  Value mean = residuals[1], reciprocal = residuals[2];
  ColumnSums sums = buildColumnSums(builder, loc, delta, x, mean, reciprocal);
  if (getWeight())
    gradients[getWeightMutable().begin()->getOperandNumber()] =
        sums.deltaNormalized;
  if (getBias())
    gradients[getBiasMutable().begin()->getOperandNumber()] = sums.delta;
  if (!needed[0])
    return success();
  SmallVector<Value> inputs = {delta, x, mean, reciprocal, sums.delta,
                               sums.deltaNormalized};
  if (getWeight())
    inputs.push_back(residuals[3]);
  RankedTensorType type = asTensor(x);
  double share = 1.0 / double(type.getDimSize(0));
  Value gradient = buildElementwise(
      builder, loc, type, inputs,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        auto mul = [&](Value lhs, Value rhs) -> Value {
          return arith::MulFOp::create(b, l, lhs, rhs);
        };
        auto sub = [&](Value lhs, Value rhs) -> Value {
          return arith::SubFOp::create(b, l, lhs, rhs);
        };
        Value factor = args[3];
        Value normalized = mul(sub(args[1], args[2]), factor);
        Value part = floatConstant(b, l, type.getElementType(), share);
        Value centred = sub(sub(args[0], mul(args[4], part)),
                            mul(normalized, mul(args[5], part)));
        return mul(args.size() > 6 ? mul(factor, args[6]) : factor, centred);
      });
  gradients[0] = buildLike(builder, loc, gradient, getInput());
  return success();
}
