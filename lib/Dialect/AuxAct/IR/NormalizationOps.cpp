//===- NormalizationOps.cpp - Normalisations ------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/IR/Moments.h"

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
  auto expected =
      RankedTensorType::get(input.getShape().back(), input.getElementType());
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

/// The gradient of an optional operand.
static void setGradients(MutableArrayRef<Value> gradients,
                         MutableOperandRange operand, Value gradient) {
  if (!operand.empty())
    gradients[operand.begin()->getOperandNumber()] = gradient;
}

/// Normalisations keep their input first; statistics stay exact.
SmallVector<unsigned> BatchNormOp::getEncodableResiduals() { return {0}; }
SmallVector<unsigned> GroupNormOp::getEncodableResiduals() { return {0}; }
SmallVector<unsigned> LayerNormOp::getEncodableResiduals() { return {0}; }
SmallVector<unsigned> RmsNormOp::getEncodableResiduals() { return {0}; }

//===----------------------------------------------------------------------===//
// BatchNormOp
//===----------------------------------------------------------------------===//

LogicalResult BatchNormOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location>,
                                            ValueRange operands, DictionaryAttr,
                                            OpaqueProperties, RegionRange,
                                            SmallVectorImpl<Type> &types) {
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
  Value reciprocal = buildReciprocalDeviation(
      builder, getLoc(), getRunningVariance(), getEpsilon().convertToDouble());
  Value result = buildNormalize(
      builder, getLoc(), buildAsMatrix(builder, getLoc(), getInput()),
      {getRunningMean(), reciprocal}, getWeight(), getBias());
  replacements.append({buildLike(builder, getLoc(), result, getInput()),
                       getRunningMean(), getRunningVariance()});
}

/// Written as the conversion writes it, so that the two merge.
void BatchNormOp::buildResiduals(OpBuilder &builder,
                                 SmallVectorImpl<Value> &residuals) {
  Moments moments = buildColumnMoments(
      builder, getLoc(), buildAsMatrix(builder, getLoc(), getInput()));
  residuals.append(
      {getInput(), moments.mean,
       buildReciprocalDeviation(builder, getLoc(), moments.variance,
                                getEpsilon().convertToDouble())});
  if (getWeight())
    residuals.push_back(getWeight());
}

LogicalResult BatchNormOp::buildInputGradients(
    OpBuilder &builder, ValueRange residuals, ValueRange resultGradients,
    const BitVector &needed, MutableArrayRef<Value> gradients) {
  Location loc = getLoc();
  if (resultGradients[1] || resultGradients[2])
    return emitOpError("has running statistics that the loss depends on; "
                       "expected it to read the first result only");
  Value x = buildAsMatrix(builder, loc, residuals[0]);
  Value delta = buildAsMatrix(builder, loc, resultGradients[0]);
  Value weight = residuals.size() > 3 ? residuals[3] : Value();
  Normalizer by{residuals[1], residuals[2]};
  ColumnSums sums = buildColumnSums(builder, loc, delta, x, by);
  setGradients(gradients, getWeightMutable(), sums.deltaNormalized);
  setGradients(gradients, getBiasMutable(), sums.delta);
  if (needed[0])
    gradients[0] =
        buildLike(builder, loc,
                  buildColumnGradient(builder, loc, delta, x, by, weight, sums),
                  getInput());
  return success();
}

//===----------------------------------------------------------------------===//
// LayerNormOp and RmsNormOp
//===----------------------------------------------------------------------===//

template <typename OpTy>
static LogicalResult verifyRowNorm(OpTy op) {
  RankedTensorType input = asTensor(op.getInput());
  if (input.getRank() < 2)
    return op.emitOpError() << "expects an input of at least two dimensions "
                               "(batch, features), but it is "
                            << input;
  if (failed(verifyFeatures(op, "weight", op.getWeight(), input)))
    return failure();
  return verifyEpsilon(op, op.getEpsilon());
}

/// Gradients of input, weight and bias, by what the forward was normalised by.
template <typename OpTy>
static void buildRowNormGradients(OpTy op, OpBuilder &builder, Value x,
                                  const Normalizer &by, Value weight,
                                  Value gradient, const BitVector &needed,
                                  MutableArrayRef<Value> gradients,
                                  MutableOperandRange bias) {
  Location loc = op.getLoc();
  x = buildAsMatrix(builder, loc, x);
  Value delta = buildAsMatrix(builder, loc, gradient);
  if (op.getWeight() || !bias.empty()) {
    ColumnSums sums = buildColumnSums(builder, loc, delta, x, by);
    setGradients(gradients, op.getWeightMutable(), sums.deltaNormalized);
    setGradients(gradients, bias, sums.delta);
  }
  if (needed[0])
    gradients[0] = buildLike(
        builder, loc, buildRowGradient(builder, loc, delta, x, by, weight),
        op.getInput());
}

LogicalResult LayerNormOp::verify() {
  if (failed(verifyRowNorm(*this)))
    return failure();
  return verifyFeatures(*this, "bias", getBias(), asTensor(getInput()));
}

/// Written as the conversion writes it, so that the two merge.
void LayerNormOp::buildResiduals(OpBuilder &builder,
                                 SmallVectorImpl<Value> &residuals) {
  Moments moments = buildRowMoments(
      builder, getLoc(), buildAsMatrix(builder, getLoc(), getInput()));
  residuals.append(
      {getInput(), moments.mean,
       buildReciprocalDeviation(builder, getLoc(), moments.variance,
                                getEpsilon().convertToDouble())});
  if (getWeight())
    residuals.push_back(getWeight());
}

LogicalResult LayerNormOp::buildInputGradients(
    OpBuilder &builder, ValueRange residuals, ValueRange resultGradients,
    const BitVector &needed, MutableArrayRef<Value> gradients) {
  buildRowNormGradients(*this, builder, residuals[0],
                        {residuals[1], residuals[2], Statistic::OfRow},
                        residuals.size() > 3 ? residuals[3] : Value(),
                        resultGradients[0], needed, gradients,
                        getBiasMutable());
  return success();
}

LogicalResult RmsNormOp::verify() { return verifyRowNorm(*this); }

void RmsNormOp::buildResiduals(OpBuilder &builder,
                               SmallVectorImpl<Value> &residuals) {
  Value square = buildRowMeanSquare(
      builder, getLoc(), buildAsMatrix(builder, getLoc(), getInput()));
  residuals.append(
      {getInput(), buildReciprocalDeviation(builder, getLoc(), square,
                                            getEpsilon().convertToDouble())});
  if (getWeight())
    residuals.push_back(getWeight());
}

LogicalResult RmsNormOp::buildInputGradients(OpBuilder &builder,
                                             ValueRange residuals,
                                             ValueRange resultGradients,
                                             const BitVector &needed,
                                             MutableArrayRef<Value> gradients) {
  buildRowNormGradients(
      *this, builder, residuals[0], {Value(), residuals[1], Statistic::OfRow},
      residuals.size() > 2 ? residuals[2] : Value(), resultGradients[0], needed,
      gradients, MutableOperandRange(*this, 0, 0));
  return success();
}

//===----------------------------------------------------------------------===//
// GroupNormOp
//===----------------------------------------------------------------------===//

/// As (samples, positions, channels).
static Value buildAsSamples(OpBuilder &builder, Location loc, Value value) {
  RankedTensorType type = asTensor(value);
  int64_t samples = type.getDimSize(0), channels = type.getShape().back();
  auto shaped = RankedTensorType::get(
      {samples, type.getNumElements() / (samples * channels), channels},
      type.getElementType());
  return ReshapeOp::create(builder, loc, shaped, value, StringAttr());
}

LogicalResult GroupNormOp::verify() {
  if (failed(verifyRowNorm(*this)))
    return failure();
  int64_t groups = getGroups();
  int64_t channels = asTensor(getInput()).getShape().back();
  if (groups < 1 || channels % groups != 0)
    return emitOpError() << "expects a number of groups that divides the "
                         << channels << " channels, but it is " << groups;
  return verifyFeatures(*this, "bias", getBias(), asTensor(getInput()));
}

void GroupNormOp::buildResiduals(OpBuilder &builder,
                                 SmallVectorImpl<Value> &residuals) {
  Moments moments = buildGroupMoments(
      builder, getLoc(), buildAsSamples(builder, getLoc(), getInput()),
      getGroups());
  residuals.append(
      {getInput(), moments.mean,
       buildReciprocalDeviation(builder, getLoc(), moments.variance,
                                getEpsilon().convertToDouble())});
  if (getWeight())
    residuals.push_back(getWeight());
}

LogicalResult
GroupNormOp::buildInputGradients(OpBuilder &builder, ValueRange residuals,
                                 ValueRange resultGradients, const BitVector &,
                                 MutableArrayRef<Value> gradients) {
  Location loc = getLoc();
  Value x = buildAsSamples(builder, loc, residuals[0]);
  Value delta = buildAsSamples(builder, loc, resultGradients[0]);
  int64_t samples = asTensor(x).getDimSize(0),
          channels = asTensor(x).getDimSize(2);
  Normalizer by{buildOfColumns(builder, loc, residuals[1], samples, channels),
                buildOfColumns(builder, loc, residuals[2], samples, channels),
                Statistic::OfSampleColumn};
  GroupGradients built = buildGroupGradients(
      builder, loc, delta, x, by, residuals.size() > 3 ? residuals[3] : Value(),
      getGroups());
  setGradients(gradients, getWeightMutable(), built.sums.deltaNormalized);
  setGradients(gradients, getBiasMutable(), built.sums.delta);
  gradients[0] = buildLike(builder, loc, built.input, getInput());
  return success();
}
