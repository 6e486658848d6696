//===- AppendOptimizer.cpp - Gradients into updates -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Turn gradients into updates of parameters and state.
//
//===----------------------------------------------------------------------===//

#include "GradientResults.h"
#include "OptimizerUpdates.h"

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"
#include "auxact/Dialect/AuxAct/Transforms/RandomSource.h"
#include "auxact/Dialect/AuxAct/Transforms/StateNames.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_APPENDOPTIMIZER
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct AppendOptimizer : auxact::impl::AppendOptimizerBase<AppendOptimizer> {
  using AppendOptimizerBase::AppendOptimizerBase;

  void runOnOperation() override;

private:
  /// A parameter and what happens to it.
  struct Update {
    StringRef name;
    BlockArgument parameter;
    Value gradient;
    /// Arguments that hold the optimizer's state, then what replaces them.
    SmallVector<BlockArgument> state;
    SmallVector<Value> newState;
    Value newParameter;
  };

  LogicalResult checkOptions(func::FuncOp func);
  BlockArgument addArgument(func::FuncOp func, Type type,
                            ArrayRef<NamedAttribute> attributes);
  BlockArgument addScalar(func::FuncOp func, StringRef name);
  Value addStep(OpBuilder &builder, func::FuncOp func);
  void addState(func::FuncOp func, Update &update, StringRef name);
  void clip(OpBuilder &builder, MutableArrayRef<Update> updates);
  bool isAdam() const { return optimizer == "adam" || optimizer == "adamw"; }
  AdamOptions getAdamOptions();
  void build(OpBuilder &builder, Update &update, ValueRange scalars);
  void returnUpdates(func::FuncOp func, ArrayRef<Update> updates);
};

} // namespace

LogicalResult AppendOptimizer::checkOptions(func::FuncOp func) {
  auto fail = [&](const Twine &what) {
    return func.emitError() << "expected " << what.str();
  };
  if (optimizer != "sgd" && !isAdam())
    return fail("optimizer to be 'sgd', 'adam' or 'adamw', but it is '" +
                optimizer + "'");
  auto notNegative = [&](StringRef name, double value) -> LogicalResult {
    if (value >= 0.0)
      return success();
    return fail(name + " >= 0, but it is " + std::to_string(value));
  };
  if (failed(notNegative("momentum", momentum)) ||
      failed(notNegative("weight-decay", weightDecay)) ||
      failed(notNegative("epsilon", epsilon)) ||
      failed(notNegative("max-grad-norm", maxGradNorm)))
    return failure();
  if (nesterov && momentum == 0.0)
    return fail("a momentum > 0 for nesterov, but it is 0");
  if (isAdam() && (momentum != 0.0 || nesterov))
    return fail("no momentum and no nesterov for " + optimizer +
                "; its momentum is beta1");
  for (auto [name, beta] : {std::pair<StringRef, double>("beta1", beta1),
                            {"beta2", beta2},
                            {"average-decay", averageDecay}})
    if (!(beta >= 0.0 && beta < 1.0))
      return fail(name + " in [0, 1), but it is " + std::to_string(beta));
  return success();
}

BlockArgument
AppendOptimizer::addArgument(func::FuncOp func, Type type,
                             ArrayRef<NamedAttribute> attributes) {
  unsigned index = func.getNumArguments();
  (void)func.insertArgument(index, type,
                            DictionaryAttr::get(&getContext(), attributes),
                            func.getLoc());
  return func.getArgument(index);
}

BlockArgument AppendOptimizer::addScalar(func::FuncOp func, StringRef name) {
  Builder builder(&getContext());
  return addArgument(
      func, RankedTensorType::get({}, builder.getF32Type()),
      builder.getNamedAttr(attrs::scalar, builder.getStringAttr(name)));
}

/// The number of the step in f32; random numbers have it as an i32.
Value AppendOptimizer::addStep(OpBuilder &builder, func::FuncOp func) {
  BlockArgument known = findScalar(func, "step");
  if (!known)
    return addScalar(func, "step");
  auto type = RankedTensorType::get({}, builder.getF32Type());
  return buildElementwise(
      builder, func.getLoc(), type, known,
      [](OpBuilder &b, Location loc, ValueRange args) -> Value {
        return arith::SIToFPOp::create(b, loc, b.getF32Type(), args[0]);
      });
}

void AppendOptimizer::addState(func::FuncOp func, Update &update,
                               StringRef name) {
  Builder builder(&getContext());
  update.state.push_back(addArgument(
      func, update.parameter.getType(),
      {builder.getNamedAttr(attrs::state,
                            builder.getStringAttr(update.name + "." + name)),
       builder.getNamedAttr(attrs::init, builder.getF32FloatAttr(0.0f))}));
}

void AppendOptimizer::clip(OpBuilder &builder,
                           MutableArrayRef<Update> updates) {
  SmallVector<Value> gradients;
  for (Update &update : updates)
    gradients.push_back(update.gradient);
  Value coefficient = buildClipCoefficient(builder, getOperation().getLoc(),
                                           gradients, maxGradNorm);
  for (Update &update : updates)
    update.gradient = buildScale(builder, update.gradient.getLoc(),
                                 update.gradient, coefficient);
}

AdamOptions AppendOptimizer::getAdamOptions() {
  AdamOptions options;
  options.beta1 = beta1;
  options.beta2 = beta2;
  options.epsilon = epsilon;
  options.weightDecay = weightDecay;
  options.decoupled = optimizer == "adamw";
  return options;
}

void AppendOptimizer::build(OpBuilder &builder, Update &update,
                            ValueRange scalars) {
  SmallVector<Value> state(update.state.begin(), update.state.end());
  OptimizerOperands operands{update.gradient.getLoc(),
                             update.parameter,
                             update.gradient,
                             state,
                             scalars,
                             averageDecay};
  SmallVector<Value> results;
  if (isAdam()) {
    results = buildAdamUpdate(builder, operands, getAdamOptions());
  } else {
    SgdOptions options;
    options.momentum = momentum;
    options.nesterov = nesterov;
    options.weightDecay = weightDecay;
    results = buildSgdUpdate(builder, operands, options);
  }
  update.newParameter = results.front();
  llvm::append_range(update.newState, ArrayRef(results).drop_front());
}

/// Drop the gradients, return what replaces parameters and state, and say so on
/// the arguments.
void AppendOptimizer::returnUpdates(func::FuncOp func,
                                    ArrayRef<Update> updates) {
  Builder builder(&getContext());
  Operation *terminator = func.getBody().front().getTerminator();
  SmallVector<Value> results;
  SmallVector<DictionaryAttr> resultAttrs;
  SmallVector<int64_t> newIndex;
  for (unsigned i = 0; i < func.getNumResults(); ++i) {
    newIndex.push_back(results.size());
    if (!getGradientName(func, i).empty())
      continue;
    results.push_back(terminator->getOperand(i));
    resultAttrs.push_back(builder.getDictionaryAttr(func.getResultAttrs(i)));
  }
  // Before the results move, so that a rule's state still finds its own.
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    if (auto old = func.getArgAttrOfType<IntegerAttr>(i, attrs::replacedBy))
      func.setArgAttr(i, attrs::replacedBy,
                      builder.getI64IntegerAttr(newIndex[old.getInt()]));
  auto replace = [&](BlockArgument argument, Value value) {
    func.setArgAttr(argument.getArgNumber(), attrs::replacedBy,
                    builder.getI64IntegerAttr(results.size()));
    results.push_back(value);
    resultAttrs.push_back(builder.getDictionaryAttr({}));
  };
  for (const Update &update : updates) {
    replace(update.parameter, update.newParameter);
    for (auto [argument, value] :
         llvm::zip_equal(update.state, update.newState))
      replace(argument, value);
  }
  terminator->setOperands(results);
  func.setFunctionType(builder.getFunctionType(func.getArgumentTypes(),
                                               ValueRange(results).getTypes()));
  func.setAllResultAttrs(resultAttrs);
}

void AppendOptimizer::runOnOperation() {
  func::FuncOp func = getOperation();
  if (func.isDeclaration() || func->hasAttr(attrs::kernel))
    return;
  if (failed(checkOptions(func)))
    return signalPassFailure();
  FailureOr<SmallVector<GradientResult>> gradients = findGradients(func);
  if (failed(gradients))
    return signalPassFailure();
  SmallVector<Update> updates;
  for (const GradientResult &gradient : *gradients)
    updates.push_back(
        {gradient.name, gradient.parameter, gradient.value, {}, {}, {}});

  OpBuilder builder(func.getBody().front().getTerminator());
  if (maxGradNorm != 0.0)
    clip(builder, updates);
  Value lr = addScalar(func, "lr");
  SmallVector<StringRef> stateNames;
  SmallVector<Value> scalars = {lr};
  if (isAdam()) {
    Value step = addStep(builder, func);
    scalars =
        buildAdamScalars(builder, func.getLoc(), lr, step, getAdamOptions());
    stateNames = {"exp_avg", "exp_avg_sq"};
  } else if (momentum != 0.0) {
    stateNames = {"momentum_buffer"};
  }
  if (averageDecay != 0.0)
    stateNames.push_back(averageSuffix.drop_front());
  for (Update &update : updates) {
    for (StringRef name : stateNames)
      addState(func, update, name);
    build(builder, update, scalars);
  }
  returnUpdates(func, updates);
}
