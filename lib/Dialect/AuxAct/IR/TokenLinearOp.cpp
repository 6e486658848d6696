//===- TokenLinearOp.cpp - Dense layers over tokens -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

LogicalResult TokenLinearOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
    OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  auto input = dyn_cast<RankedTensorType>(operands[0].getType());
  auto weight = dyn_cast<RankedTensorType>(operands[1].getType());
  if (!input || !weight || input.getRank() != 3 || weight.getRank() != 2)
    return failure();
  types.push_back(RankedTensorType::get(
      {input.getDimSize(0), weight.getDimSize(0), input.getDimSize(2)},
      input.getElementType()));
  return success();
}

LogicalResult TokenLinearOp::verify() {
  RankedTensorType input = asTensor(getInput());
  RankedTensorType weight = asTensor(getWeight());
  if (input.getRank() != 3)
    return emitOpError() << "expects an input of three dimensions (batch, "
                            "tokens, features), but it is "
                         << input;
  if (weight.getRank() != 2)
    return emitOpError() << "expects a weight of two dimensions (tokens out x "
                            "tokens in), but it is "
                         << weight;
  if (weight.getDimSize(1) != input.getDimSize(1))
    return emitOpError() << "expects a weight with " << input.getDimSize(1)
                         << " columns, one a token of the input, but it is "
                         << weight;
  if (getBias()) {
    RankedTensorType bias = asTensor(getBias());
    if (bias.getRank() != 1 || bias.getDimSize(0) != weight.getDimSize(0))
      return emitOpError() << "expects a bias of " << weight.getDimSize(0)
                           << " elements, one a row of the weight, but it is "
                           << bias;
  }
  return getLayerRule().verifyOnLayer(*this);
}

//===----------------------------------------------------------------------===//
// ParameterizedLayerOpInterface
//===----------------------------------------------------------------------===//

OpOperand &TokenLinearOp::getActivationMutable() { return getInputMutable(); }

Value TokenLinearOp::getSharedActivation() { return getAux(); }

StringRef TokenLinearOp::getLayerName() { return getName().value_or(""); }

RuleAttrInterface TokenLinearOp::getLayerRule() {
  if (std::optional<RuleAttrInterface> rule = getRule())
    return *rule;
  return ExactAttr::get(getContext());
}

void TokenLinearOp::setLayerRule(RuleAttrInterface rule,
                                 Value sharedActivation) {
  setRuleAttr(rule);
  getAuxMutable().clear();
  if (sharedActivation)
    getAuxMutable().assign(sharedActivation);
}

/// Over batch and features: (b, t, c) and (b, s, c) to (t, s).
Value TokenLinearOp::contractWeightGradient(OpBuilder &builder, Value delta,
                                            Value activation) {
  Location loc = getLoc();
  if (asTensor(delta).getDimSize(0) != 1)
    return buildBatchContraction(builder, loc, delta, /*lhsTransposed=*/false,
                                 activation, /*rhsTransposed=*/true,
                                 /*sumBatch=*/true);
  auto withoutBatch = [&](Value value) -> Value {
    RankedTensorType type = asTensor(value);
    return ReshapeOp::create(builder, loc,
                             RankedTensorType::get(type.getShape().drop_front(),
                                                   type.getElementType()),
                             value, StringAttr());
  };
  return buildContraction(builder, loc, withoutBatch(delta),
                          /*lhsTransposed=*/false, withoutBatch(activation),
                          /*rhsTransposed=*/true);
}

Value TokenLinearOp::sumOverPositions(OpBuilder &builder, Value delta) {
  auto identity = [](OpBuilder &, Location, ValueRange args) {
    return args[0];
  };
  Value sums = buildReduction(builder, getLoc(), delta, /*dim=*/2,
                              ReductionKind::Add, identity);
  return buildReduction(builder, getLoc(), sums, /*dim=*/0, ReductionKind::Add,
                        identity);
}

int64_t TokenLinearOp::getFeatureDim() { return 1; }

/// Rows of delta are tokens that come out.
bool TokenLinearOp::hasRowsOfInput() { return false; }

/// The mean is the same at every token that goes in, and so is this gradient.
Value TokenLinearOp::contractUniform(OpBuilder &builder, Value delta,
                                     Value mean) {
  Value weighted =
      buildElementwise(builder, getLoc(), asTensor(delta), {delta, mean},
                       [](OpBuilder &b, Location l, ValueRange args) -> Value {
                         return arith::MulFOp::create(b, l, args[0], args[1]);
                       });
  return buildElementwise(
      builder, getLoc(), asTensor(getWeight()),
      sumOverPositions(builder, weighted),
      [](OpBuilder &, Location, ValueRange args) { return args[0]; },
      /*broadcastTrailing=*/true);
}

double TokenLinearOp::getInitBound() {
  return 1.0 / std::sqrt(double(asTensor(getWeight()).getDimSize(1)));
}

//===----------------------------------------------------------------------===//
// DifferentiableOpInterface
//===----------------------------------------------------------------------===//

/// The input's gradient is W^T * delta for each element of the batch and the
/// bias's the sum of delta, whatever the rule; the weight's gradient is the
/// rule's.
LogicalResult TokenLinearOp::buildInputGradients(
    OpBuilder &builder, ValueRange, ValueRange resultGradients,
    const BitVector &needed, MutableArrayRef<Value> gradients) {
  Value delta = resultGradients[0];
  if (unsigned index = getInputMutable().getOperandNumber(); needed[index])
    gradients[index] = buildBatchContraction(builder, getLoc(), getWeight(),
                                             /*lhsTransposed=*/true, delta,
                                             /*rhsTransposed=*/false);
  if (getBias())
    if (unsigned index = getBiasMutable().begin()->getOperandNumber();
        needed[index])
      gradients[index] = sumOverPositions(builder, delta);
  return success();
}
