//===- ResidualRule.cpp - A tensor that is kept anyway --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "RuleBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace mlir::auxact;

//===----------------------------------------------------------------------===//
// Text form
//===----------------------------------------------------------------------===//

Attribute ResidualAttr::parse(AsmParser &parser, Type) {
  std::string from;
  bool fit = false;
  auto parseOne = [&]() -> ParseResult {
    StringRef key;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&key))
      return failure();
    if (key == "from")
      return failure(parser.parseEqual() || parser.parseString(&from));
    if (key == "fit") {
      fit = true;
      return success();
    }
    return parser.emitError(loc) << "unknown key '" << key
                                 << "' of the rule 'residual'; expected from "
                                    "or fit";
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::OptionalLessGreater,
                                     parseOne))
    return {};
  return ResidualAttr::get(parser.getContext(), from, fit);
}

void ResidualAttr::print(AsmPrinter &printer) const {
  if (getFrom().empty() && !getFit())
    return;
  printer << "<";
  if (!getFrom().empty()) {
    printer << "from = ";
    printer.printString(getFrom());
  }
  if (getFit())
    printer << (getFrom().empty() ? "fit" : ", fit");
  printer << ">";
}

//===----------------------------------------------------------------------===//
// RuleAttrInterface
//===----------------------------------------------------------------------===//

StringRef ResidualAttr::getRuleName() const {
  return getFit() ? "residual<fit>" : "residual";
}

StringRef ResidualAttr::getSharedLayer() const { return getFrom(); }

RuleAttrInterface ResidualAttr::withSharedOperand() const {
  return ResidualAttr::get(getContext(), "", getFit());
}

LogicalResult ResidualAttr::verifyOnLayer(Operation *op) const {
  auto layer = cast<ParameterizedLayerOpInterface>(op);
  // A rule that names its layer is wired by rule assignment.
  if (!getFrom().empty())
    return success();
  Value shared = layer.getSharedActivation();
  if (!shared)
    return op->emitOpError("has the rule 'residual' but no shared tensor; "
                           "expected an operand `aux(%t)`");
  Type expected = layer.getActivationMutable().get().getType();
  if (shared.getType() != expected)
    return op->emitOpError()
           << "has the rule 'residual', which expects a shared "
              "tensor of the input's type "
           << expected << ", but it is " << shared.getType();
  return getFit() ? verifyFeaturesAreLast(op, getRuleName()) : success();
}

/// The least-squares fit of `x` by a t + b in each column, from sums of what is
/// left once the means are taken off; a is 0 where t does not vary.
static SmallVector<Value> buildFit(OpBuilder &builder, Location loc, Value x,
                                   Value t) {
  x = buildAsMatrix(builder, loc, x);
  t = buildAsMatrix(builder, loc, t);
  RankedTensorType type = tensorTypeOf(x);
  SmallVector<Value> sums = buildReductions(
      builder, loc, {x, t}, /*dim=*/0, ReductionKind::Add, 2,
      [](OpBuilder &, Location, ValueRange args) -> SmallVector<Value> {
        return {args[0], args[1]};
      });
  Value share = buildScalarConstant(builder, loc, type.getElementType(),
                                    1.0 / type.getDimSize(0));
  Value meanOfX = buildScale(builder, loc, sums[0], share);
  Value meanOfT = buildScale(builder, loc, sums[1], share);
  SmallVector<Value> moments = buildReductions(
      builder, loc, {x, t, meanOfX, meanOfT}, /*dim=*/0, ReductionKind::Add, 2,
      [](OpBuilder &b, Location l, ValueRange args) -> SmallVector<Value> {
        Value dx = arith::SubFOp::create(b, l, args[0], args[2]);
        Value dt = arith::SubFOp::create(b, l, args[1], args[3]);
        return {arith::MulFOp::create(b, l, dx, dt),
                arith::MulFOp::create(b, l, dt, dt)};
      });
  Value slope = buildSafeRatio(builder, loc, moments[0], moments[1]);
  Value offset = buildElementwise(
      builder, loc, tensorTypeOf(slope), {meanOfX, meanOfT, slope},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        return arith::SubFOp::create(
            b, l, args[0], arith::MulFOp::create(b, l, args[1], args[2]));
      });
  return {slope, offset};
}

RuleForward
ResidualAttr::buildForward(OpBuilder &builder,
                           const RuleForwardContext &context) const {
  RuleForward forward{context.activation, {context.sharedActivation}, {}};
  if (getFit())
    llvm::append_range(forward.saved,
                       buildFit(builder, context.loc, context.activation,
                                context.sharedActivation));
  return forward;
}

/// `tensor` with each column (the last dimension) times a factor of its own.
static Value buildScaledColumns(OpBuilder &builder, Location loc, Value tensor,
                                Value factors) {
  return buildElementwise(
      builder, loc, tensorTypeOf(tensor), {tensor, factors},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        return arith::MulFOp::create(b, l, args[0], args[1]);
      });
}

FailureOr<RuleAuxiliary>
ResidualAttr::buildAuxiliary(OpBuilder &builder,
                             const RuleBackwardContext &context) const {
  Value auxiliary = context.saved[0];
  if (getFit())
    auxiliary = buildPlusRow(
        builder, context.loc,
        buildScaledColumns(builder, context.loc, auxiliary, context.saved[1]),
        context.saved[2]);
  return RuleAuxiliary{auxiliary, Value()};
}

/// With a fit: (delta (x) t) a, column by column, and a rank-1 term for b.
FailureOr<Value>
ResidualAttr::buildWeightGradient(OpBuilder &builder,
                                  const RuleBackwardContext &context) const {
  if (!getFit())
    return buildPlainWeightGradient(*this, builder, context);
  Location loc = context.loc;
  Value product = buildScaledColumns(
      builder, loc, context.contract(context.delta, context.saved[0]),
      context.saved[1]);
  Value offset = context.contractUniform(context.delta, context.saved[2]);
  return AddOp::create(builder, loc, product, offset).getResult();
}
