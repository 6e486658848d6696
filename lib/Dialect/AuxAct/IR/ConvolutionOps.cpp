//===- ConvolutionOps.cpp - Convolution layers ----------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/ConvolutionBuilders.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/IR/Windows.h"

#include <cmath>

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static Value buildReshape(OpBuilder &builder, Location loc, Value value,
                          ArrayRef<int64_t> shape) {
  return ReshapeOp::create(
      builder, loc,
      RankedTensorType::get(shape, asTensor(value).getElementType()), value,
      StringAttr());
}

static Windows makeWindows(ArrayRef<int64_t> image, ArrayRef<int64_t> weight,
                           ArrayRef<int64_t> stride, ArrayRef<int64_t> padding,
                           ArrayRef<int64_t> dilation) {
  return {image[0],
          image[1],
          image[2],
          image[3],
          weight[1],
          weight[2],
          {stride[0], stride[1]},
          {padding[0], padding[1]},
          {dilation[0], dilation[1]}};
}

Windows Conv2dOp::getWindows() {
  return makeWindows(asTensor(getInput()).getShape(),
                     asTensor(getWeight()).getShape(), getStride(),
                     getPadding(), getDilation());
}

LogicalResult Conv2dOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         ValueRange operands,
                                         DictionaryAttr attributes,
                                         OpaqueProperties properties,
                                         RegionRange regions,
                                         SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto input = dyn_cast<RankedTensorType>(operands[0].getType());
  auto weight = dyn_cast<RankedTensorType>(operands[1].getType());
  if (!input || !weight || input.getRank() != 4 || weight.getRank() != 4)
    return failure();
  for (ArrayRef<int64_t> pair :
       {adaptor.getStride(), adaptor.getPadding(), adaptor.getDilation()})
    if (pair.size() != 2)
      return failure();
  if (llvm::is_contained(adaptor.getStride(), 0))
    return failure();
  Windows windows =
      makeWindows(input.getShape(), weight.getShape(), adaptor.getStride(),
                  adaptor.getPadding(), adaptor.getDilation());
  types.push_back(
      RankedTensorType::get({windows.batch, windows.outHeight(),
                             windows.outWidth(), weight.getDimSize(0)},
                            input.getElementType()));
  return success();
}

LogicalResult Conv2dOp::verify() {
  RankedTensorType input = asTensor(getInput());
  RankedTensorType weight = asTensor(getWeight());
  if (input.getRank() != 4)
    return emitOpError() << "expects an input of four dimensions (batch, "
                            "height, width, channels), but it is "
                         << input;
  if (weight.getRank() != 4)
    return emitOpError() << "expects a weight of four dimensions (out x height "
                            "x width x in / groups), but it is "
                         << weight;
  int64_t channels = input.getDimSize(3), out = weight.getDimSize(0);
  int64_t groups = getGroups();
  if (groups < 1 || channels % groups != 0 || out % groups != 0)
    return emitOpError() << "expects groups that divide " << channels << " and "
                         << out << " channels, but there are " << groups;
  if (weight.getDimSize(3) != channels / groups)
    return emitOpError() << "expects a weight for " << channels / groups
                         << " channels of the input, but it is " << weight;
  if (getBias()) {
    RankedTensorType bias = asTensor(getBias());
    if (bias.getRank() != 1 || bias.getDimSize(0) != out)
      return emitOpError() << "expects a bias of " << out
                           << " elements, one a filter, but it is " << bias;
  }
  if (failed(getWindows().verify(*this)))
    return failure();
  return getLayerRule().verifyOnLayer(*this);
}

//===----------------------------------------------------------------------===//
// ParameterizedLayerOpInterface
//===----------------------------------------------------------------------===//

OpOperand &Conv2dOp::getActivationMutable() { return getInputMutable(); }

Value Conv2dOp::getSharedActivation() { return getAux(); }

StringRef Conv2dOp::getLayerName() { return getName().value_or(""); }

RuleAttrInterface Conv2dOp::getLayerRule() {
  if (std::optional<RuleAttrInterface> rule = getRule())
    return *rule;
  return ExactAttr::get(getContext());
}

void Conv2dOp::setLayerRule(RuleAttrInterface rule, Value sharedActivation) {
  setRuleAttr(rule);
  getAuxMutable().clear();
  if (sharedActivation)
    getAuxMutable().assign(sharedActivation);
}

Value Conv2dOp::contractWeightGradient(OpBuilder &builder, Value delta,
                                       Value activation) {
  return buildConvolutionWeightGradient(builder, getLoc(), delta, activation,
                                        asTensor(getWeight()).getShape(),
                                        getWindows());
}

bool Conv2dOp::hasRowsOfInput() { return getWindows().isPointwise(); }

Value Conv2dOp::contractUniform(OpBuilder &builder, Value delta, Value mean) {
  return buildUniformWeightGradient(builder, getLoc(), delta, mean,
                                    asTensor(getWeight()).getShape(),
                                    getWindows());
}

Value Conv2dOp::sumOverPositions(OpBuilder &builder, Value delta) {
  return buildReduction(
      builder, getLoc(), buildAsMatrix(builder, getLoc(), delta), /*dim=*/0,
      ReductionKind::Add,
      [](OpBuilder &, Location, ValueRange args) { return args[0]; });
}

double Conv2dOp::getInitBound() {
  RankedTensorType weight = asTensor(getWeight());
  return 1.0 /
         std::sqrt(double(weight.getNumElements() / weight.getDimSize(0)));
}

//===----------------------------------------------------------------------===//
// DifferentiableOpInterface
//===----------------------------------------------------------------------===//

/// The input's and the bias's gradient are exact, whatever the rule.
LogicalResult Conv2dOp::buildInputGradients(OpBuilder &builder, ValueRange,
                                            ValueRange resultGradients,
                                            const BitVector &needed,
                                            MutableArrayRef<Value> gradients) {
  Value delta = resultGradients[0];
  if (needed[getInputMutable().getOperandNumber()])
    gradients[getInputMutable().getOperandNumber()] =
        buildReshape(builder, getLoc(),
                     buildConvolutionImageGradient(builder, getLoc(), delta,
                                                   getWeight(), getWindows()),
                     asTensor(getInput()).getShape());
  if (getBias()) {
    unsigned index = getBiasMutable().begin()->getOperandNumber();
    if (needed[index])
      gradients[index] = sumOverPositions(builder, delta);
  }
  return success();
}
