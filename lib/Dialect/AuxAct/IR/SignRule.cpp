//===- SignRule.cpp - The sign rule and its centered form -----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "RuleBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectImplementation.h"

#include "llvm/ADT/StringSet.h"

#include <cmath>

using namespace mlir;
using namespace mlir::auxact;

static Value buildEncode(OpBuilder &builder, Location loc, Value value) {
  return EncodeOp::create(
      builder, loc,
      getBitsTensorType(builder.getContext(), tensorTypeOf(value).getShape()),
      value);
}

static Value buildDecode(OpBuilder &builder, Location loc, Value bits,
                         RankedTensorType type, double low, double high) {
  return DecodeOp::create(builder, loc, type, bits,
                          builder.getF64FloatAttr(low),
                          builder.getF64FloatAttr(high));
}

static Value absolute(OpBuilder &b, Location loc, ValueRange args) {
  return math::AbsFOp::create(b, loc, args[0]);
}

//===----------------------------------------------------------------------===//
// Text form
//===----------------------------------------------------------------------===//

Attribute SignAttr::parse(AsmParser &parser, Type) {
  double epsilon = 0.01, gain = 100.0;
  bool meanAbs = false, leastSquares = false;
  int64_t rotate = 0;
  llvm::StringSet<> seen;
  auto parseOne = [&]() -> ParseResult {
    StringRef key;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&key))
      return failure();
    if (!seen.insert(key).second)
      return parser.emitError(loc)
             << "key '" << key << "' of the rule 'sign' stands twice";
    if (key == "nonnegative" || key == "center")
      return success();
    if (key == "epsilon")
      return failure(parser.parseEqual() || parser.parseFloat(epsilon));
    if (key == "gain") {
      if (parser.parseEqual())
        return failure();
      meanAbs = succeeded(parser.parseOptionalKeyword("mean_abs"));
      if (!meanAbs)
        return parser.parseFloat(gain);
      gain = 0.0;
      return success();
    }
    if (key == "rotate")
      return failure(parser.parseEqual() || parser.parseInteger(rotate));
    if (key == "scale") {
      StringRef scale;
      SMLoc scaleLoc;
      if (parser.parseEqual() || parser.getCurrentLocation(&scaleLoc) ||
          parser.parseKeyword(&scale))
        return failure();
      leastSquares = scale == "least_squares";
      if (!leastSquares && scale != "ratio")
        return parser.emitError(scaleLoc)
               << "expected scale to be 'ratio' or 'least_squares', but it is '"
               << scale << "'";
      return success();
    }
    return parser.emitError(loc)
           << "unknown key '" << key
           << "' of the rule 'sign'; expected epsilon, gain, nonnegative, "
              "center, scale or rotate";
  };
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::OptionalLessGreater,
                                     parseOne))
    return {};
  bool center = seen.contains("center");
  for (StringRef key : {"epsilon", "gain", "nonnegative"})
    if (center && seen.contains(key)) {
      parser.emitError(loc)
          << "the rule 'sign' expects 'center' without '" << key << "'";
      return {};
    }
  for (StringRef key : {"scale", "rotate"})
    if (!center && seen.contains(key)) {
      parser.emitError(loc)
          << "the rule 'sign' expects '" << key << "' only beside 'center'";
      return {};
    }
  if (seen.contains("scale") && seen.contains("rotate")) {
    parser.emitError(loc) << "the rule 'sign' expects 'rotate' without "
                             "'scale': each row has its own";
    return {};
  }
  if (center)
    epsilon = gain = 0.0;
  return parser.getChecked<SignAttr>(
      loc, parser.getContext(), APFloat(epsilon), APFloat(gain), meanAbs,
      seen.contains("nonnegative"), center, leastSquares, rotate);
}

void SignAttr::print(AsmPrinter &printer) const {
  auto number = [&](double value) { printer.printFloat(APFloat(value)); };
  if (getRotate() != 0) {
    printer << "<center, rotate = " << getRotate() << ">";
    return;
  }
  if (getCenter()) {
    printer << "<center, scale = "
            << (getLeastSquaresScale() ? "least_squares" : "ratio") << ">";
    return;
  }
  printer << "<epsilon = ";
  number(getEpsilon());
  printer << ", gain = ";
  if (getMeanAbsGain())
    printer << "mean_abs";
  else
    number(getGain());
  if (getNonnegative())
    printer << ", nonnegative";
  printer << ">";
}

LogicalResult SignAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               APFloat epsilonValue, APFloat gainValue,
                               bool meanAbs, bool nonnegative, bool center,
                               bool, int64_t rotate) {
  if (failed(verifyRotation(emitError, "sign", rotate)))
    return failure();
  double epsilon = epsilonValue.convertToDouble();
  double gain = gainValue.convertToDouble();
  if (center)
    return success();
  // In float32, where the auxiliary is computed.
  if (!(static_cast<float>(epsilon) > 0.0f) ||
      !std::isfinite(static_cast<float>(epsilon)))
    return emitError()
           << "the rule 'sign' expects epsilon > 0 in float32, but it is "
           << epsilon;
  if (!meanAbs && (!(gain > 0.0) || !std::isfinite(gain)))
    return emitError()
           << "the rule 'sign' expects a finite gain > 0, but it is " << gain;
  return success();
}

//===----------------------------------------------------------------------===//
// RuleAttrInterface
//===----------------------------------------------------------------------===//

StringRef SignAttr::getRuleName() const {
  if (getRotate() != 0)
    return "sign<center, rotate>";
  return getCenter() ? "sign<center>" : "sign";
}

LogicalResult SignAttr::verifyOnLayer(Operation *op) const {
  auto layer = cast<ParameterizedLayerOpInterface>(op);
  Value activation = layer.getActivationMutable().get();
  if (!getNonnegative() || isProvablyNonNegative(activation))
    return success();
  InFlightDiagnostic diagnostic = op->emitOpError(
      "has the rule 'sign' with 'nonnegative', which expects an input proved "
      "non-negative (a relu's output, say), but this one is not");
  if (Operation *producer = activation.getDefiningOp())
    diagnostic.attachNote(producer->getLoc())
        << "the input is made by '" << producer->getName() << "' here";
  return diagnostic;
}

SmallVector<RuleState> SignAttr::getState(RankedTensorType type,
                                          int64_t) const {
  if (!getCenter())
    return {};
  return getMeanState(type);
}

static Value buildCentered(OpBuilder &builder, Location loc, Value activation,
                           Value mean) {
  return buildElementwise(
      builder, loc, tensorTypeOf(activation), {activation, mean},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        return arith::SubFOp::create(b, l, args[0], args[1]);
      });
}

/// One scale a tensor: sum (x - mu)^2 / sum |x - mu|, which makes the step's
/// length right, or mean |x - mu|, which makes the error least.
static Value buildCenteredScale(OpBuilder &builder, Location loc,
                                Value centered, bool leastSquares) {
  if (leastSquares) {
    Value length = buildSum(builder, loc, centered, absolute);
    return buildScale(
        builder, loc, length,
        buildScalarConstant(builder, loc, tensorTypeOf(length).getElementType(),
                            1.0 / tensorTypeOf(centered).getNumElements()));
  }
  SmallVector<Value> sums = buildSums(
      builder, loc, centered, 2,
      [](OpBuilder &b, Location l, ValueRange args) -> SmallVector<Value> {
        return {arith::MulFOp::create(b, l, args[0], args[0]),
                absolute(b, l, args)};
      });
  return buildSafeRatio(builder, loc, sums[0], sums[1]);
}

/// The gain for which gain * epsilon is mean |x|, or the mean of the positive
/// elements.
static Value buildMeanAbsGain(OpBuilder &builder, Location loc,
                              Value activation, double epsilon,
                              bool nonnegative) {
  Type elementType = tensorTypeOf(activation).getElementType();
  Value sum = buildSum(builder, loc, activation, absolute);
  Value count;
  if (nonnegative)
    count =
        buildSum(builder, loc, activation,
                 [](OpBuilder &b, Location l, ValueRange args) -> Value {
                   Value zero = floatConstant(b, l, args[0].getType(), 0.0);
                   Value one = floatConstant(b, l, args[0].getType(), 1.0);
                   Value positive = arith::CmpFOp::create(
                       b, l, arith::CmpFPredicate::OGT, args[0], zero);
                   return arith::SelectOp::create(b, l, positive, one, zero);
                 });
  else
    count = buildScalarConstant(builder, loc, elementType,
                                tensorTypeOf(activation).getNumElements());
  return buildScale(
      builder, loc, buildSafeRatio(builder, loc, sum, count),
      buildScalarConstant(builder, loc, elementType, 1.0 / epsilon));
}

RuleForward SignAttr::buildForward(OpBuilder &builder,
                                   const RuleForwardContext &context) const {
  Location loc = context.loc;
  Value activation = context.activation;
  if (getRotate() != 0)
    return RotatedForm{1, getRotate()}.buildForward(builder, context);
  if (getCenter()) {
    Value centered = buildCentered(builder, loc, activation, context.state[0]);
    Value scale =
        buildCenteredScale(builder, loc, centered, getLeastSquaresScale());
    return {activation,
            {buildEncode(builder, loc, centered), scale},
            {buildFeatureMean(builder, loc, activation)}};
  }
  Value bits = buildEncode(builder, loc, activation);
  double low = getNonnegative() ? 0.0 : -getEpsilon();
  Value auxiliary = buildDecode(builder, loc, bits, tensorTypeOf(activation),
                                low, getEpsilon());
  RuleForward forward;
  forward.input = AddOp::create(builder, loc, activation, auxiliary);
  forward.saved = {bits};
  if (getMeanAbsGain())
    forward.saved.push_back(buildMeanAbsGain(builder, loc, activation,
                                             getEpsilon(), getNonnegative()));
  return forward;
}

FailureOr<RuleAuxiliary>
SignAttr::buildAuxiliary(OpBuilder &builder,
                         const RuleBackwardContext &context) const {
  Location loc = context.loc;
  RankedTensorType type = context.activationType;
  if (getRotate() != 0)
    return RotatedForm{1, getRotate()}.buildAuxiliary(builder, context);
  if (getCenter()) {
    Value signs = buildDecode(builder, loc, context.saved[0], type, -1.0, 1.0);
    Value scaled = buildScale(builder, loc, signs, context.saved[1]);
    Value auxiliary = buildPlusRow(builder, loc, scaled, context.state[0]);
    return RuleAuxiliary{auxiliary, Value()};
  }
  double low = getNonnegative() ? 0.0 : -getEpsilon();
  Value auxiliary =
      buildDecode(builder, loc, context.saved[0], type, low, getEpsilon());
  Value gain =
      getMeanAbsGain()
          ? context.saved[1]
          : buildScalarConstant(builder, loc, type.getElementType(), getGain());
  return RuleAuxiliary{auxiliary, gain};
}

/// Centered: c * (delta (x) s) + (sum delta) (x) mu, so that the mean's part is
/// exact and costs a rank-1 update.
FailureOr<Value>
SignAttr::buildWeightGradient(OpBuilder &builder,
                              const RuleBackwardContext &context) const {
  if (!getCenter())
    return buildPlainWeightGradient(*this, builder, context);
  if (getRotate() != 0)
    return RotatedForm{1, getRotate()}.buildWeightGradient(builder, context);
  Location loc = context.loc;
  Value signs = buildDecode(builder, loc, context.saved[0],
                            context.activationType, -1.0, 1.0);
  Value contraction = buildScale(
      builder, loc, context.contract(context.delta, signs), context.saved[1]);
  Value mean = context.contractUniform(context.delta, context.state[0]);
  return AddOp::create(builder, loc, contraction, mean).getResult();
}
