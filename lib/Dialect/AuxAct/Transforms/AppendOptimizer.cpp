//===- AppendOptimizer.cpp - Gradients into updates -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Turn gradients into updates of parameters and state.
//
//===----------------------------------------------------------------------===//

#include "OptimizerUpdates.h"

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/StringMap.h"

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
  LogicalResult collect(func::FuncOp func, SmallVectorImpl<Update> &updates);
  BlockArgument addArgument(func::FuncOp func, Type type,
                            ArrayRef<NamedAttribute> attributes);
  BlockArgument addScalar(func::FuncOp func, StringRef name);
  void addState(func::FuncOp func, Update &update, StringRef name);
  void clip(OpBuilder &builder, MutableArrayRef<Update> updates);
  AdamWOptions getAdamWOptions();
  void build(OpBuilder &builder, Update &update, ValueRange scalars);
  void returnUpdates(func::FuncOp func, ArrayRef<Update> updates);
};

} // namespace

static constexpr StringLiteral gradientPrefix = "gradient:";

/// The parameter whose gradient result `index` is, or an empty name.
static StringRef getGradientName(func::FuncOp func, unsigned index) {
  auto output = func.getResultAttrOfType<StringAttr>(index, attrs::output);
  if (!output || !output.getValue().starts_with(gradientPrefix))
    return "";
  return output.getValue().drop_front(gradientPrefix.size());
}

LogicalResult AppendOptimizer::checkOptions(func::FuncOp func) {
  auto fail = [&](const Twine &what) {
    return func.emitError() << "expected " << what.str();
  };
  if (optimizer != "sgd" && optimizer != "adamw")
    return fail("optimizer to be 'sgd' or 'adamw', but it is '" + optimizer +
                "'");
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
  if (optimizer == "adamw" && (momentum != 0.0 || nesterov))
    return fail("no momentum and no nesterov for adamw; its momentum is beta1");
  for (auto [name, beta] :
       {std::pair<StringRef, double>("beta1", beta1), {"beta2", beta2}})
    if (!(beta >= 0.0 && beta < 1.0))
      return fail(name + " in [0, 1), but it is " + std::to_string(beta));
  return success();
}

LogicalResult AppendOptimizer::collect(func::FuncOp func,
                                       SmallVectorImpl<Update> &updates) {
  llvm::StringMap<BlockArgument> parameters;
  for (BlockArgument argument : func.getArguments())
    if (auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                      attrs::parameter))
      parameters[name.getValue()] = argument;
  Operation *terminator = func.getBody().front().getTerminator();
  for (unsigned i = 0; i < func.getNumResults(); ++i) {
    StringRef name = getGradientName(func, i);
    if (name.empty())
      continue;
    BlockArgument parameter = parameters.lookup(name);
    if (!parameter)
      return func.emitError()
             << "result " << i << " is the gradient of '" << name
             << "', but no argument is marked `auxact.parameter = \"" << name
             << "\"`";
    Value gradient = terminator->getOperand(i);
    if (gradient.getType() != parameter.getType())
      return func.emitError()
             << "expected the gradient of '" << name << "' to have its type "
             << parameter.getType() << ", but it is " << gradient.getType();
    updates.push_back({name, parameter, gradient, {}, {}, {}});
  }
  if (updates.empty())
    return func.emitOpError("returns no gradient to update a parameter by; run "
                            "-auxact-differentiate first");
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

AdamWOptions AppendOptimizer::getAdamWOptions() {
  AdamWOptions options;
  options.beta1 = beta1;
  options.beta2 = beta2;
  options.epsilon = epsilon;
  options.weightDecay = weightDecay;
  return options;
}

void AppendOptimizer::build(OpBuilder &builder, Update &update,
                            ValueRange scalars) {
  SmallVector<Value> state(update.state.begin(), update.state.end());
  OptimizerOperands operands{update.gradient.getLoc(), update.parameter,
                             update.gradient, state, scalars};
  SmallVector<Value> results;
  if (optimizer == "adamw") {
    results = buildAdamWUpdate(builder, operands, getAdamWOptions());
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
  SmallVector<Update> updates;
  if (failed(checkOptions(func)) || failed(collect(func, updates)))
    return signalPassFailure();

  OpBuilder builder(func.getBody().front().getTerminator());
  if (maxGradNorm != 0.0)
    clip(builder, updates);
  Value lr = addScalar(func, "lr");
  SmallVector<StringRef> stateNames;
  SmallVector<Value> scalars = {lr};
  if (optimizer == "adamw") {
    Value step = addScalar(func, "step");
    scalars =
        buildAdamWScalars(builder, func.getLoc(), lr, step, getAdamWOptions());
    stateNames = {"exp_avg", "exp_avg_sq"};
  } else if (momentum != 0.0) {
    stateNames = {"momentum_buffer"};
  }
  for (Update &update : updates) {
    for (StringRef name : stateNames)
      addState(func, update, name);
    build(builder, update, scalars);
  }
  returnUpdates(func, updates);
}
