//===- ActivationOps.cpp - Elementwise layers and views -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "CustomAssembly.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/IR/ViewBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::auxact;

ParseResult mlir::auxact::parseSumTypes(OpAsmParser &parser, Type &lhs,
                                        Type &rhs) {
  if (parser.parseType(lhs))
    return failure();
  rhs = lhs;
  if (failed(parser.parseOptionalComma()))
    return success();
  return parser.parseType(rhs);
}

void mlir::auxact::printSumTypes(OpAsmPrinter &printer, Operation *, Type lhs,
                                 Type rhs) {
  printer << lhs;
  if (rhs != lhs)
    printer << ", " << rhs;
}

bool mlir::auxact::isProvablyNonNegative(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (op->hasTrait<auxact::OpTrait::NonNegativeResult>())
    return true;
  return op->hasTrait<auxact::OpTrait::PreservesNonNegativity>() &&
         llvm::all_of(op->getOperands(), isProvablyNonNegative);
}

//===----------------------------------------------------------------------===//
// relu
//===----------------------------------------------------------------------===//

void ReluOp::buildResiduals(OpBuilder &builder,
                            SmallVectorImpl<Value> &residuals) {
  auto type = cast<RankedTensorType>(getType());
  // Of the output, not the input: a sign rule on the next layer keeps the same.
  residuals.push_back(EncodeOp::create(
      builder, getLoc(), getBitsTensorType(getContext(), type.getShape()),
      getResult()));
}

LogicalResult ReluOp::buildInputGradients(OpBuilder &builder,
                                          ValueRange residuals,
                                          ValueRange resultGradients,
                                          const BitVector &,
                                          MutableArrayRef<Value> gradients) {
  gradients[0] =
      MaskOp::create(builder, getLoc(), resultGradients[0], residuals[0]);
  return success();
}

//===----------------------------------------------------------------------===//
// gelu
//===----------------------------------------------------------------------===//

void GeluOp::buildResiduals(OpBuilder &, SmallVectorImpl<Value> &residuals) {
  residuals.push_back(getInput());
}

SmallVector<unsigned> GeluOp::getEncodableResiduals() { return {0}; }

double GeluOp::evaluateDerivative(double x) {
  if (getApproximate() == GeluApproximation::Tanh) {
    double root = std::sqrt(2.0 / llvm::numbers::pi);
    double t = std::tanh(root * (x + 0.044715 * x * x * x));
    double slope = root * (1.0 + 3 * 0.044715 * x * x);
    return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * slope;
  }
  double cdf = 0.5 * (1.0 + std::erf(x / llvm::numbers::sqrt2));
  return cdf + x * std::exp(-0.5 * x * x) / std::sqrt(2.0 * llvm::numbers::pi);
}

/// d/dx of x * Phi(x): Phi(x) + x * phi(x).
static Value buildErfGeluDerivative(OpBuilder &b, Location loc, Value x) {
  Type type = x.getType();
  auto constant = [&](double v) { return floatConstant(b, loc, type, v); };
  Value scaled =
      arith::MulFOp::create(b, loc, x, constant(1.0 / llvm::numbers::sqrt2));
  Value erf = math::ErfOp::create(b, loc, scaled);
  Value cdf = arith::MulFOp::create(
      b, loc, constant(0.5), arith::AddFOp::create(b, loc, constant(1.0), erf));
  Value square = arith::MulFOp::create(b, loc, x, x);
  Value exponent = arith::MulFOp::create(b, loc, square, constant(-0.5));
  Value density =
      arith::MulFOp::create(b, loc, math::ExpOp::create(b, loc, exponent),
                            constant(0.3989422804014327)); // 1 / sqrt(2 pi)
  return arith::AddFOp::create(b, loc, cdf,
                               arith::MulFOp::create(b, loc, x, density));
}

/// With u = sqrt(2/pi) (x + 0.044715 x^3) and t = tanh u:
/// (1 + t)/2 + x/2 (1 - t^2) sqrt(2/pi) (1 + 3 * 0.044715 x^2).
static Value buildTanhGeluDerivative(OpBuilder &b, Location loc, Value x) {
  Type type = x.getType();
  auto constant = [&](double v) { return floatConstant(b, loc, type, v); };
  auto mul = [&](Value lhs, Value rhs) -> Value {
    return arith::MulFOp::create(b, loc, lhs, rhs);
  };
  auto add = [&](Value lhs, Value rhs) -> Value {
    return arith::AddFOp::create(b, loc, lhs, rhs);
  };
  double root = 0.7978845608028654; // sqrt(2 / pi)
  Value square = mul(x, x);
  Value inner = add(constant(1.0), mul(constant(0.044715), square));
  Value t = math::TanhOp::create(b, loc, mul(mul(constant(root), x), inner));
  Value slope = mul(constant(root),
                    add(constant(1.0), mul(constant(3 * 0.044715), square)));
  Value sech2 = arith::SubFOp::create(b, loc, constant(1.0), mul(t, t));
  Value half = constant(0.5);
  return add(mul(half, add(constant(1.0), t)),
             mul(mul(half, x), mul(sech2, slope)));
}

LogicalResult GeluOp::buildInputGradients(OpBuilder &builder,
                                          ValueRange residuals,
                                          ValueRange resultGradients,
                                          const BitVector &,
                                          MutableArrayRef<Value> gradients) {
  bool tanh = getApproximate() == GeluApproximation::Tanh;
  gradients[0] = buildElementwise(
      builder, getLoc(), cast<RankedTensorType>(getType()),
      {resultGradients[0], residuals[0]},
      [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Value derivative = tanh ? buildTanhGeluDerivative(b, loc, args[1])
                                : buildErfGeluDerivative(b, loc, args[1]);
        return arith::MulFOp::create(b, loc, args[0], derivative);
      });
  return success();
}

//===----------------------------------------------------------------------===//
// silu, sigmoid, tanh
//===----------------------------------------------------------------------===//

/// The gradient times the derivative at `kept`.
static Value
buildDerivative(OpBuilder &builder, Location loc, Value gradient, Value kept,
                function_ref<Value(ImplicitLocOpBuilder &, Value)> derivative) {
  return buildElementwise(
      builder, loc, cast<RankedTensorType>(gradient.getType()),
      {gradient, kept},
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        ImplicitLocOpBuilder inner(l, b);
        return arith::MulFOp::create(b, l, args[0], derivative(inner, args[1]));
      });
}

static double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

SmallVector<unsigned> SiluOp::getEncodableResiduals() { return {0}; }

double SiluOp::evaluateDerivative(double x) {
  return sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)));
}

void SiluOp::buildResiduals(OpBuilder &, SmallVectorImpl<Value> &residuals) {
  residuals.push_back(getInput());
}

LogicalResult SiluOp::buildInputGradients(OpBuilder &builder,
                                          ValueRange residuals,
                                          ValueRange resultGradients,
                                          const BitVector &,
                                          MutableArrayRef<Value> gradients) {
  gradients[0] = buildDerivative(
      builder, getLoc(), resultGradients[0], residuals[0],
      [](ImplicitLocOpBuilder &b, Value x) -> Value {
        Value one = floatConstant(b, b.getLoc(), x.getType(), 1.0);
        Value exponential = math::ExpOp::create(b, arith::NegFOp::create(b, x));
        Value sigmoid = arith::DivFOp::create(
            b, one, arith::AddFOp::create(b, one, exponential));
        Value rest =
            arith::MulFOp::create(b, x, arith::SubFOp::create(b, one, sigmoid));
        return arith::MulFOp::create(b, sigmoid,
                                     arith::AddFOp::create(b, one, rest));
      });
  return success();
}

SmallVector<unsigned> SigmoidOp::getEncodableResiduals() { return {0}; }

double SigmoidOp::evaluateDerivative(double x) {
  return sigmoid(x) * (1.0 - sigmoid(x));
}

void SigmoidOp::buildResiduals(OpBuilder &, SmallVectorImpl<Value> &residuals) {
  residuals.push_back(getResult());
}

LogicalResult SigmoidOp::buildInputGradients(OpBuilder &builder,
                                             ValueRange residuals,
                                             ValueRange resultGradients,
                                             const BitVector &,
                                             MutableArrayRef<Value> gradients) {
  gradients[0] = buildDerivative(
      builder, getLoc(), resultGradients[0], residuals[0],
      [](ImplicitLocOpBuilder &b, Value y) -> Value {
        Value one = floatConstant(b, b.getLoc(), y.getType(), 1.0);
        return arith::MulFOp::create(b, y, arith::SubFOp::create(b, one, y));
      });
  return success();
}

SmallVector<unsigned> TanhOp::getEncodableResiduals() { return {0}; }

double TanhOp::evaluateDerivative(double x) {
  return 1.0 - std::tanh(x) * std::tanh(x);
}

void TanhOp::buildResiduals(OpBuilder &, SmallVectorImpl<Value> &residuals) {
  residuals.push_back(getResult());
}

LogicalResult TanhOp::buildInputGradients(OpBuilder &builder,
                                          ValueRange residuals,
                                          ValueRange resultGradients,
                                          const BitVector &,
                                          MutableArrayRef<Value> gradients) {
  gradients[0] = buildDerivative(
      builder, getLoc(), resultGradients[0], residuals[0],
      [](ImplicitLocOpBuilder &b, Value y) -> Value {
        Value one = floatConstant(b, b.getLoc(), y.getType(), 1.0);
        return arith::SubFOp::create(b, one, arith::MulFOp::create(b, y, y));
      });
  return success();
}

//===----------------------------------------------------------------------===//
// softmax
//===----------------------------------------------------------------------===//

LogicalResult SoftmaxOp::verify() {
  if (cast<RankedTensorType>(getType()).getRank() == 0)
    return emitOpError("expects at least one dimension");
  return success();
}

SmallVector<unsigned> SoftmaxOp::getEncodableResiduals() { return {0}; }

void SoftmaxOp::buildResiduals(OpBuilder &, SmallVectorImpl<Value> &residuals) {
  residuals.push_back(getResult());
}

/// y * (delta - sum over the row of y * delta)
LogicalResult SoftmaxOp::buildInputGradients(OpBuilder &builder,
                                             ValueRange residuals,
                                             ValueRange resultGradients,
                                             const BitVector &,
                                             MutableArrayRef<Value> gradients) {
  Location loc = getLoc();
  Value y = buildAsMatrix(builder, loc, residuals[0]);
  Value delta = buildAsMatrix(builder, loc, resultGradients[0]);
  auto type = cast<RankedTensorType>(y.getType());
  Value sum = buildReduction(
      builder, loc, {y, delta}, type.getRank() - 1, ReductionKind::Add,
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        return arith::MulFOp::create(b, l, args[0], args[1]);
      });
  Value gradient = buildElementwise(
      builder, loc, type, {y, delta, sum},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value rest = arith::SubFOp::create(b, l, args[1], args[2]);
        return arith::MulFOp::create(b, l, args[0], rest);
      },
      /*broadcastTrailing=*/true);
  gradients[0] =
      ReshapeOp::create(builder, loc, getType(), gradient, StringAttr());
  return success();
}

//===----------------------------------------------------------------------===//
// add
//===----------------------------------------------------------------------===//

LogicalResult AddOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                      ValueRange operands, DictionaryAttr,
                                      OpaqueProperties, RegionRange,
                                      SmallVectorImpl<Type> &types) {
  auto lhs = dyn_cast<RankedTensorType>(operands[0].getType());
  auto rhs = dyn_cast<RankedTensorType>(operands[1].getType());
  if (!lhs || !rhs)
    return failure();
  types.push_back(lhs.getRank() < rhs.getRank() ? rhs : lhs);
  return success();
}

LogicalResult AddOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  for (Value operand : getOperands()) {
    auto own = cast<RankedTensorType>(operand.getType());
    if (own == type)
      continue;
    if (own.getRank() == 0 || own.getElementType() != type.getElementType() ||
        !isSuffix(own.getShape(), type.getShape()))
      return emitOpError() << "expects operands of the result's shape, or "
                              "without leading dimensions of it, but the "
                              "result is "
                           << type << " and one operand is " << own;
  }
  return success();
}

LogicalResult AddOp::buildInputGradients(OpBuilder &builder, ValueRange,
                                         ValueRange resultGradients,
                                         const BitVector &needed,
                                         MutableArrayRef<Value> gradients) {
  for (unsigned i : needed.set_bits())
    gradients[i] = buildSumOverLeading(
        builder, getLoc(), resultGradients[0],
        cast<RankedTensorType>(getOperand(i).getType()).getShape());
  return success();
}

//===----------------------------------------------------------------------===//
// scale
//===----------------------------------------------------------------------===//

LogicalResult ScaleOp::verify() {
  if (!getFactor().isFinite())
    return emitOpError("expects a finite factor");
  return success();
}

LogicalResult ScaleOp::buildInputGradients(OpBuilder &builder, ValueRange,
                                           ValueRange resultGradients,
                                           const BitVector &,
                                           MutableArrayRef<Value> gradients) {
  Value factor =
      buildScalarConstant(builder, getLoc(), getElementTypeOrSelf(getType()),
                          getFactor().convertToDouble());
  gradients[0] = buildScale(builder, getLoc(), resultGradients[0], factor);
  return success();
}

//===----------------------------------------------------------------------===//
// reshape
//===----------------------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getType());
  if (input.getElementType() != result.getElementType())
    return emitOpError() << "expects a result of element type "
                         << input.getElementType() << ", but it is "
                         << result.getElementType();
  if (input.getEncoding() || result.getEncoding())
    return emitOpError("expects plain tensors: the rows of an encoded tensor "
                       "are padded, so reshape before encoding");
  if (input.getNumElements() != result.getNumElements())
    return emitOpError() << "expects a result of " << input.getNumElements()
                         << " elements, as " << input << " has, but " << result
                         << " has " << result.getNumElements();
  return success();
}

/// reshape to the same type -> the value; reshape of reshape -> one reshape.
OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto inner = getInput().getDefiningOp<ReshapeOp>()) {
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return {};
}

LogicalResult ReshapeOp::buildInputGradients(OpBuilder &builder, ValueRange,
                                             ValueRange resultGradients,
                                             const BitVector &,
                                             MutableArrayRef<Value> gradients) {
  gradients[0] = ReshapeOp::create(builder, getLoc(), getInput().getType(),
                                   resultGradients[0], StringAttr());
  return success();
}
