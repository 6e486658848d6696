//===- VerifyStepStage.cpp - The form that differentiation leaves ---------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Check the form of an entry before it becomes linalg.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_VERIFYSTEPSTAGE
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

/// The argument that each result replaces, or none.
static FailureOr<SmallVector<std::optional<unsigned>>>
findReplaced(func::FuncOp func) {
  SmallVector<std::optional<unsigned>> replaced(func.getNumResults());
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    auto index = func.getArgAttrOfType<IntegerAttr>(i, attrs::replacedBy);
    if (!index)
      continue;
    std::optional<unsigned> &argument = replaced[index.getInt()];
    if (argument)
      return func.emitOpError()
             << "expects result " << index.getInt()
             << " to replace one argument, but it replaces arguments "
             << *argument << " and " << i;
    argument = i;
  }
  return replaced;
}

/// Results are outputs or replace an argument, never both; where one parameter
/// is updated all are, and no gradient is left over.
static LogicalResult verifyResults(func::FuncOp func) {
  auto replaced = findReplaced(func);
  if (failed(replaced))
    return failure();
  std::optional<unsigned> gradient;
  bool updates = false;
  for (unsigned i = 0; i < func.getNumResults(); ++i) {
    auto name = func.getResultAttrOfType<StringAttr>(i, attrs::output);
    std::optional<unsigned> argument = (*replaced)[i];
    if (!name && !argument)
      return func.emitOpError()
             << "expects result " << i
             << " to be marked auxact.output, or to replace an argument "
                "(auxact.replaced_by)";
    if (name && name.getValue().starts_with("gradient:"))
      gradient = i;
    updates |= argument && func.getArgAttr(*argument, attrs::parameter);
  }
  if (!updates)
    return success();
  if (gradient)
    return func.emitOpError()
           << "updates parameters, but still returns a gradient, result "
           << *gradient;
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    auto name = func.getArgAttrOfType<StringAttr>(i, attrs::parameter);
    if (name && !func.getArgAttr(i, attrs::replacedBy))
      return func.emitOpError() << "updates parameters, but not '"
                                << name.getValue() << "', argument " << i;
  }
  return success();
}

/// State says what it starts from; a scalar is one number.
static LogicalResult verifyArguments(func::FuncOp func) {
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    if (auto name = func.getArgAttrOfType<StringAttr>(i, attrs::state))
      if (!func.getArgAttr(i, attrs::init))
        return func.emitOpError() << "expects state '" << name.getValue()
                                  << "' to say what it starts from "
                                     "(auxact.init)";
    auto scalar = func.getArgAttrOfType<StringAttr>(i, attrs::scalar);
    auto type = dyn_cast<RankedTensorType>(func.getArgumentTypes()[i]);
    if (scalar && (!type || type.getRank() != 0))
      return func.emitOpError() << "expects scalar '" << scalar.getValue()
                                << "' to be a rank-0 tensor, but it is "
                                << func.getArgumentTypes()[i];
  }
  return success();
}

/// Rules have done their work: what the forward sees and what is kept is
/// written out, and layers are exact.
static LogicalResult verifyLayers(func::FuncOp func) {
  WalkResult result = func.walk([](ParameterizedLayerOpInterface layer) {
    if (isa<ExactAttr>(layer.getLayerRule()))
      return WalkResult::advance();
    layer->emitOpError() << "still has the rule '"
                         << layer.getLayerRule().getRuleName()
                         << "'; expected rules to be applied at the step stage";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Random numbers come from somewhere.
static LogicalResult verifySources(func::FuncOp func) {
  WalkResult result = func.walk([](RandomOpInterface op) {
    if (!op.getRandomSourceMutable().empty())
      return WalkResult::advance();
    op->emitOpError("has no source of random numbers; run "
                    "-auxact-append-random-source");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

namespace {

struct VerifyStepStage : auxact::impl::VerifyStepStageBase<VerifyStepStage> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isDeclaration() || func->hasAttr(attrs::kernel))
        continue;
      if (failed(verifyResults(func)) || failed(verifyArguments(func)) ||
          failed(verifyLayers(func)) || failed(verifySources(func)))
        return signalPassFailure();
    }
  }
};

} // namespace
