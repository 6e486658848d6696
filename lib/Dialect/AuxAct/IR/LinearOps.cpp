//===- LinearOps.cpp - Dense layers ---------------------------------------===//
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

LogicalResult LinearOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         ValueRange operands, DictionaryAttr,
                                         OpaqueProperties, RegionRange,
                                         SmallVectorImpl<Type> &types) {
  auto input = dyn_cast<RankedTensorType>(operands[0].getType());
  auto weight = dyn_cast<RankedTensorType>(operands[1].getType());
  if (!input || !weight || input.getRank() == 0 || weight.getRank() != 2)
    return failure();
  SmallVector<int64_t> shape(input.getShape());
  shape.back() = weight.getDimSize(0);
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

LogicalResult LinearOp::verify() {
  RankedTensorType input = asTensor(getInput());
  RankedTensorType weight = asTensor(getWeight());
  if (input.getRank() < 2)
    return emitOpError() << "expects an input of at least two dimensions "
                            "(batch, features), but it is "
                         << input;
  if (weight.getRank() != 2)
    return emitOpError()
           << "expects a weight of two dimensions (out x in), but "
              "it is "
           << weight;
  if (weight.getDimSize(1) != input.getShape().back())
    return emitOpError() << "expects a weight with " << input.getShape().back()
                         << " columns, one a feature of the input, but it is "
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

OpOperand &LinearOp::getActivationMutable() { return getInputMutable(); }

Value LinearOp::getSharedActivation() { return getAux(); }

StringRef LinearOp::getLayerName() { return getName().value_or(""); }

RuleAttrInterface LinearOp::getLayerRule() {
  if (std::optional<RuleAttrInterface> rule = getRule())
    return *rule;
  return ExactAttr::get(getContext());
}

void LinearOp::setLayerRule(RuleAttrInterface rule, Value sharedActivation) {
  setRuleAttr(rule);
  getAuxMutable().clear();
  if (sharedActivation)
    getAuxMutable().assign(sharedActivation);
}

/// delta^T * activation. A single row is an outer product, which is left
/// elementwise so that it joins what reads it instead of a matrix product.
Value LinearOp::contractWeightGradient(OpBuilder &builder, Value delta,
                                       Value activation) {
  Value rows = buildAsMatrix(builder, getLoc(), delta);
  Value columns = buildAsMatrix(builder, getLoc(), activation);
  RankedTensorType weight = asTensor(getWeight());
  if (asTensor(rows).getDimSize(0) != 1)
    return buildContraction(builder, getLoc(), rows, /*lhsTransposed=*/true,
                            columns, /*rhsTransposed=*/false);
  auto flatten = [&](Value value, ArrayRef<int64_t> shape) -> Value {
    return ReshapeOp::create(
        builder, getLoc(),
        RankedTensorType::get(shape, asTensor(value).getElementType()), value,
        StringAttr());
  };
  // A column of row factors, read at each row; the other factor at each column.
  Value left = flatten(rows, {weight.getDimSize(0)});
  Value right = flatten(columns, {weight.getDimSize(1)});
  return buildOuterProduct(builder, getLoc(), left, right);
}

Value LinearOp::sumOverPositions(OpBuilder &builder, Value delta) {
  return buildReduction(
      builder, getLoc(), buildAsMatrix(builder, getLoc(), delta), /*dim=*/0,
      ReductionKind::Add,
      [](OpBuilder &, Location, ValueRange args) { return args[0]; });
}

/// The outer product of what delta sums to and the mean: cheaper than a product
/// with a mean in every row.
Value LinearOp::contractUniform(OpBuilder &builder, Value delta, Value mean) {
  return buildOuterProduct(builder, getLoc(), sumOverPositions(builder, delta),
                           mean);
}

double LinearOp::getInitBound() {
  return 1.0 / std::sqrt(double(asTensor(getWeight()).getDimSize(1)));
}

//===----------------------------------------------------------------------===//
// DifferentiableOpInterface
//===----------------------------------------------------------------------===//

/// The input's gradient is delta * W and the bias's the sum of delta, whatever
/// the rule; the weight's gradient is the rule's.
LogicalResult LinearOp::buildInputGradients(OpBuilder &builder, ValueRange,
                                            ValueRange resultGradients,
                                            const BitVector &needed,
                                            MutableArrayRef<Value> gradients) {
  Value delta = resultGradients[0];
  if (needed[getInputMutable().getOperandNumber()]) {
    Value gradient = buildContraction(
        builder, getLoc(), buildAsMatrix(builder, getLoc(), delta),
        /*lhsTransposed=*/false, getWeight(), /*rhsTransposed=*/false);
    gradients[getInputMutable().getOperandNumber()] = ReshapeOp::create(
        builder, getLoc(), getInput().getType(), gradient, StringAttr());
  }
  if (getBias()) {
    unsigned index = getBiasMutable().begin()->getOperandNumber();
    if (needed[index])
      gradients[index] = sumOverPositions(builder, delta);
  }
  return success();
}
