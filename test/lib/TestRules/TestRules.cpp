//===- TestRules.cpp - A learning rule that only tests know ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A dialect of its own with one rule: what it takes to add one.
//
//===----------------------------------------------------------------------===//

#include "TestRules.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectImplementation.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::auxact;
using namespace mlir::auxact::test;

#include "TestRulesDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "TestRulesAttributes.cpp.inc"

void TestRulesDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "TestRulesAttributes.cpp.inc"
      >();
}

static Value identity(OpBuilder &, Location, ValueRange args) {
  return args[0];
}

StringRef RowMeanAttr::getRuleName() const { return "row_mean"; }

LogicalResult RowMeanAttr::verifyOnLayer(Operation *op) const {
  auto layer = cast<ParameterizedLayerOpInterface>(op);
  auto type =
      cast<RankedTensorType>(layer.getActivationMutable().get().getType());
  if (type.getRank() == 2)
    return success();
  return op->emitOpError() << "has the rule 'row_mean', which expects an input "
                              "of two dimensions, but it is "
                           << type;
}

SmallVector<RuleState> RowMeanAttr::getState(RankedTensorType type,
                                             int64_t) const {
  return {{"gain", RankedTensorType::get({}, type.getElementType()), 1.0}};
}

RuleForward RowMeanAttr::buildForward(OpBuilder &builder,
                                      const RuleForwardContext &context) const {
  Location loc = context.loc;
  auto type = cast<RankedTensorType>(context.activation.getType());
  auto constant = [&](double value) {
    return buildScalarConstant(builder, loc, type.getElementType(), value);
  };
  Value sums = buildReduction(builder, loc, context.activation, /*dim=*/1,
                              ReductionKind::Add, identity);
  Value means =
      buildScale(builder, loc, sums, constant(1.0 / type.getDimSize(1)));
  Value gain = buildElementwise(
      builder, loc, cast<RankedTensorType>(context.state[0].getType()),
      {context.state[0], constant(getTarget().getValueAsDouble())},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value sum = arith::AddFOp::create(b, l, args[0], args[1]);
        Value half = floatConstant(b, l, sum.getType(), 0.5);
        return arith::MulFOp::create(b, l, sum, half);
      });
  return {context.activation, {means}, {gain}};
}

FailureOr<RuleAuxiliary>
RowMeanAttr::buildAuxiliary(OpBuilder &builder,
                            const RuleBackwardContext &context) const {
  Value auxiliary =
      buildElementwise(builder, context.loc, context.activationType,
                       context.saved[0], identity, /*broadcastTrailing=*/true);
  return RuleAuxiliary{auxiliary, context.state[0]};
}

//===----------------------------------------------------------------------===//
// channel_bias
//===----------------------------------------------------------------------===//

StringRef ChannelBiasAttr::getRuleName() const { return "channel_bias"; }

RuleForward
ChannelBiasAttr::buildForward(OpBuilder &builder,
                              const RuleForwardContext &context) const {
  auto type = cast<RankedTensorType>(context.activation.getType());
  Value seen =
      buildElementwise(builder, context.loc, type, context.activation,
                       [&](OpBuilder &b, Location l, ValueRange args) -> Value {
                         Value length =
                             floatConstant(b, l, args[0].getType(),
                                           getLength().getValueAsDouble());
                         return arith::AddFOp::create(b, l, args[0], length);
                       });
  return {seen, {}, {}};
}

/// `length` for each feature.
static Value buildBias(OpBuilder &builder, const RuleBackwardContext &context,
                       double length) {
  RankedTensorType activation = context.activationType;
  auto type = RankedTensorType::get({activation.getDimSize(context.featureDim)},
                                    activation.getElementType());
  return buildElementwise(builder, context.loc, type, ValueRange(),
                          [&](OpBuilder &b, Location l, ValueRange) -> Value {
                            return floatConstant(b, l, type.getElementType(),
                                                 length);
                          });
}

FailureOr<RuleAuxiliary>
ChannelBiasAttr::buildAuxiliary(OpBuilder &builder,
                                const RuleBackwardContext &context) const {
  Value bias = buildBias(builder, context, getLength().getValueAsDouble());
  return RuleAuxiliary{buildElementwise(builder, context.loc,
                                        context.activationType, bias, identity),
                       Value()};
}

FailureOr<Value>
ChannelBiasAttr::buildWeightGradient(OpBuilder &builder,
                                     const RuleBackwardContext &context) const {
  return context.contractUniform(
      context.delta,
      buildBias(builder, context, getLength().getValueAsDouble()));
}
