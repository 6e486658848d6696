//===- Rules.cpp - Rules that keep a tensor or nothing --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

using namespace mlir;
using namespace mlir::auxact;

FailureOr<Value>
mlir::auxact::buildPlainWeightGradient(RuleAttrInterface rule,
                                       OpBuilder &builder,
                                       const RuleBackwardContext &context) {
  FailureOr<RuleAuxiliary> auxiliary = rule.buildAuxiliary(builder, context);
  if (failed(auxiliary))
    return failure();
  Value gradient = context.contract(context.delta, auxiliary->activation);
  return buildScale(builder, context.loc, gradient, auxiliary->gain);
}

//===----------------------------------------------------------------------===//
// exact
//===----------------------------------------------------------------------===//

StringRef ExactAttr::getRuleName() const { return "exact"; }

RuleForward ExactAttr::buildForward(OpBuilder &,
                                    const RuleForwardContext &context) const {
  return {context.activation, {context.activation}, {}};
}

FailureOr<RuleAuxiliary>
ExactAttr::buildAuxiliary(OpBuilder &,
                          const RuleBackwardContext &context) const {
  return RuleAuxiliary{context.saved[0], Value()};
}

//===----------------------------------------------------------------------===//
// recompute
//===----------------------------------------------------------------------===//

StringRef RecomputeAttr::getRuleName() const { return "recompute"; }

RuleForward
RecomputeAttr::buildForward(OpBuilder &,
                            const RuleForwardContext &context) const {
  return {context.activation, {}, {}};
}

FailureOr<RuleAuxiliary>
RecomputeAttr::buildAuxiliary(OpBuilder &,
                              const RuleBackwardContext &context) const {
  FailureOr<Value> activation = context.recompute();
  if (failed(activation))
    return failure();
  return RuleAuxiliary{*activation, Value()};
}
