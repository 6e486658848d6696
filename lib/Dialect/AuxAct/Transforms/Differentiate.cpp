//===- Differentiate.cpp - Append the backward pass -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "ForwardRules.h"
#include "Indicators.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"
#include "auxact/Dialect/AuxAct/Transforms/RandomSource.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/DenseSet.h"

#include <utility>

namespace mlir::auxact {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// Goes backwards through one function.
class BackwardBuilder {
public:
  BackwardBuilder(func::FuncOp func, bool indicators)
      : func(func), indicators(indicators), builder(func.getContext()) {}

  LogicalResult run();

private:
  LogicalResult findLoss();
  void findActiveValues();
  void buildResiduals();
  LogicalResult goBackwards(Operation *op);
  LogicalResult buildWeightGradient(ParameterizedLayerOpInterface layer);
  FailureOr<Value> recompute(Value value, Operation *user, StringRef layer);
  void findExactReaders();
  int64_t getExactBytes(Operation *reader, Value value) const;
  Value save(Value value, StringRef layer, StringRef rule, int64_t exactBytes);
  void accumulate(Value value, Value gradient);
  LogicalResult returnGradients();
  void returnState(SmallVectorImpl<Value> &results,
                   SmallVectorImpl<DictionaryAttr> &resultAttrs);

  func::FuncOp func;
  bool indicators;
  OpBuilder builder;
  func::ReturnOp terminator;
  unsigned lossIndex = 0;
  /// The forward pass, in order, as the user wrote it.
  SmallVector<Operation *> forward;
  llvm::MapVector<Operation *, AppliedRule> rules;
  /// What the backward of each operation reads, and what it would read if it
  /// kept nothing in another form.
  llvm::DenseMap<Operation *, SmallVector<Value>> residuals, exactResiduals;
  /// Values that depend on a parameter: gradients flow through them only.
  llvm::DenseSet<Value> active;
  /// Values of the model that the loss depends on.
  llvm::DenseSet<Value> reaching;
  /// Values of the forward that are kept as they are.
  llvm::DenseSet<Value> kept;
  /// What exact backpropagation would keep, and the operation at which those
  /// bytes are counted: the first that reads it.
  llvm::DenseMap<Value, Operation *> exactReaders;
  llvm::DenseMap<Value, Value> gradients;
  /// One result each, in the order of the layers: name and value.
  SmallVector<std::pair<std::string, Value>> indicatorResults;
};

} // namespace

LogicalResult BackwardBuilder::findLoss() {
  if (!func.getBody().hasOneBlock())
    return func.emitOpError("expects straight-line code, one block, to go "
                            "backwards through");
  terminator = cast<func::ReturnOp>(func.getBody().front().getTerminator());
  for (unsigned i = 0; i < func.getNumResults(); ++i) {
    auto name = func.getResultAttrOfType<StringAttr>(i, attrs::output);
    if (!name || name.getValue() != "loss")
      continue;
    lossIndex = i;
    auto type = dyn_cast<RankedTensorType>(func.getResultTypes()[i]);
    if (!type || type.getRank() != 0 || !isa<FloatType>(type.getElementType()))
      return func.emitOpError()
             << "expects the loss to be a rank-0 tensor of floats, but result "
             << i << " is " << func.getResultTypes()[i];
    return success();
  }
  return func.emitOpError("has no result marked `auxact.output = \"loss\"`; "
                          "return a loss, or have one appended "
                          "(loss=cross_entropy, say)");
}

void BackwardBuilder::findActiveValues() {
  for (BlockArgument argument : func.getArguments())
    if (func.getArgAttr(argument.getArgNumber(), attrs::parameter))
      active.insert(argument);
  for (Operation &op : func.getBody().front().without_terminator()) {
    forward.push_back(&op);
    bool isActive = llvm::any_of(op.getOperands(), [&](Value operand) {
      return active.contains(operand);
    });
    if (!isActive)
      continue;
    for (Value result : op.getResults())
      if (isa<FloatType>(getElementTypeOrSelf(result)))
        active.insert(result);
  }
  reaching.insert(terminator.getOperand(lossIndex));
  for (Operation *op : llvm::reverse(forward))
    if (llvm::any_of(op->getResults(),
                     [&](Value result) { return reaching.contains(result); }))
      reaching.insert(op->operand_begin(), op->operand_end());
}

/// The form in which the operation keeps what its backward reads; null for the
/// values themselves.
static SavedFormAttrInterface getSavedForm(Operation *op) {
  return op->getAttrOfType<SavedFormAttrInterface>(attrs::savedAs);
}

/// Ask every operation what its backward will read, before any backward is
/// built: what is kept decides what can be computed again.
void BackwardBuilder::buildResiduals() {
  for (Operation *op : forward) {
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    bool isOnPath = llvm::any_of(op->getResults(), [&](Value result) {
      return active.contains(result) && reaching.contains(result);
    });
    if (!differentiable || !isOnPath)
      continue;
    builder.setInsertionPointAfter(op);
    SmallVector<Value> &exact = exactResiduals[op];
    differentiable.buildResiduals(builder, exact);
    if (SavedFormAttrInterface form = getSavedForm(op)) {
      auto randomSource = [&] { return appendRandomSource(func); };
      form.buildResiduals(builder, op, exact, randomSource, residuals[op]);
    } else {
      residuals[op] = exact;
    }
    kept.insert(residuals[op].begin(), residuals[op].end());
  }
  for (auto &[op, applied] : rules)
    kept.insert(applied.forward.saved.begin(), applied.forward.saved.end());
}

/// The value whose bytes `value` shows, before any reshape.
static Value getBeforeReshapes(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<ReshapeOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// What the bytes of a residual are counted with: its own, or those of the
/// activation that bits of it can be taken from.
static Value getExactSource(Value residual) {
  auto encode = residual.getDefiningOp<EncodeOp>();
  return getBeforeReshapes(encode ? encode.getInput() : residual);
}

/// Exact backpropagation keeps each activation once, takes masks from
/// activations that it keeps, and finds the function's arguments there anyway.
void BackwardBuilder::findExactReaders() {
  for (auto &[op, applied] : rules)
    exactReaders.try_emplace(getBeforeReshapes(applied.activation), op);
  for (Operation *op : forward)
    if (auto it = exactResiduals.find(op); it != exactResiduals.end())
      for (Value residual : it->second)
        if (!exactReaders.contains(getExactSource(residual)))
          exactReaders.try_emplace(getBeforeReshapes(residual), op);
}

int64_t BackwardBuilder::getExactBytes(Operation *reader, Value value) const {
  Value source = getBeforeReshapes(value);
  if (isa<BlockArgument>(source) || exactReaders.lookup(source) != reader)
    return 0;
  return getStoredBytes(cast<RankedTensorType>(value.getType()));
}

Value BackwardBuilder::save(Value value, StringRef layer, StringRef rule,
                            int64_t exactBytes) {
  // A constant is in the program, not kept.
  Operation *producer = value.getDefiningOp();
  if (producer && producer->hasTrait<mlir::OpTrait::ConstantLike>())
    return value;
  return SaveOp::create(builder, value.getLoc(), value, layer, rule,
                        exactBytes);
}

void BackwardBuilder::accumulate(Value value, Value gradient) {
  Value &total = gradients[value];
  total = total ? AddOp::create(builder, gradient.getLoc(), total, gradient)
                      .getResult()
                : gradient;
}

/// The name under which reports list an operation (-auxact-name-layers).
static StringRef getReportName(Operation *op) {
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    return name.getName();
  if (auto name = op->getAttrOfType<StringAttr>("name"))
    return name.getValue();
  return op->getName().stripDialect();
}

LogicalResult BackwardBuilder::goBackwards(Operation *op) {
  SmallVector<Value> resultGradients;
  bool reached = false;
  for (Value result : op->getResults()) {
    resultGradients.push_back(gradients.lookup(result));
    reached |= bool(resultGradients.back());
  }
  BitVector needed(op->getNumOperands());
  for (OpOperand &operand : op->getOpOperands())
    if (active.contains(operand.get()))
      needed.set(operand.getOperandNumber());
  if (!reached || needed.none())
    return success();

  auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
  if (!differentiable) {
    auto diagnostic = op->emitOpError(
        "has no gradient, but stands between a parameter and the loss");
    diagnostic.attachNote(op->getLoc())
        << "expected it to implement DifferentiableOpInterface; replace it, or "
           "keep parameters away from it";
    return diagnostic;
  }
  SmallVector<Value> saved;
  SavedFormAttrInterface form = getSavedForm(op);
  StringRef rule = form ? form.getFormName() : op->getName().stripDialect();
  // All that a form keeps is in place of what would be kept exactly.
  int64_t exactBytes = 0;
  for (Value residual : exactResiduals[op])
    exactBytes += getExactBytes(op, residual);
  for (Value residual : residuals[op])
    saved.push_back(save(residual, getReportName(op), rule,
                         form ? std::exchange(exactBytes, 0)
                              : getExactBytes(op, residual)));

  auto layer = dyn_cast<ParameterizedLayerOpInterface>(op);
  if (layer)
    needed.reset(layer.getWeightMutable().getOperandNumber());
  SmallVector<Value> operandGradients(op->getNumOperands());
  LogicalResult built =
      form ? form.buildInputGradients(
                 builder, op, ValueRange(exactResiduals[op]).getTypes(), saved,
                 resultGradients, needed, operandGradients)
           : differentiable.buildInputGradients(builder, saved, resultGradients,
                                                needed, operandGradients);
  if (failed(built))
    return failure();
  // Gradients belong to what the network computes, not to what a rule makes of
  // it (straight through).
  for (OpOperand &operand : op->getOpOperands()) {
    Value gradient = operandGradients[operand.getOperandNumber()];
    if (!gradient)
      continue;
    bool isInput = layer && &operand == &layer.getActivationMutable();
    accumulate(isInput ? rules[op].activation : operand.get(), gradient);
  }
  // After the input's gradient, so that the last reader of a weight comes
  // before its update can.
  return layer ? buildWeightGradient(layer) : success();
}

/// Layers say so themselves; of upstream's operations those that work element
/// by element, and views.
static bool isCheapToRecompute(Operation *op) {
  return op->hasTrait<auxact::OpTrait::CheapToRecompute>() ||
         op->hasTrait<mlir::OpTrait::Elementwise>() ||
         isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op);
}

/// Build `value` again from kept values through cheap operations.
FailureOr<Value> BackwardBuilder::recompute(Value value, Operation *user,
                                            StringRef layer) {
  if (kept.contains(value) || isa<BlockArgument>(value))
    return save(value, layer, "recompute", 0);
  Operation *producer = value.getDefiningOp();
  if (producer->hasTrait<mlir::OpTrait::ConstantLike>())
    return value;
  if (!isCheapToRecompute(producer)) {
    auto diagnostic = user->emitOpError(
        "has the rule 'recompute', but no kept value is in reach of its input "
        "through cheap operations");
    diagnostic.attachNote(producer->getLoc())
        << "'" << producer->getName()
        << "' is neither kept nor cheap; keep its result by the rule of "
           "another "
           "layer, or use another rule here";
    return failure();
  }
  IRMapping mapping;
  for (Value operand : producer->getOperands()) {
    FailureOr<Value> again = recompute(operand, user, layer);
    if (failed(again))
      return failure();
    mapping.map(operand, *again);
  }
  return builder.clone(*producer, mapping)
      ->getResult(cast<OpResult>(value).getResultNumber());
}

LogicalResult
BackwardBuilder::buildWeightGradient(ParameterizedLayerOpInterface layer) {
  Value weight = layer.getWeightMutable().get();
  if (!active.contains(weight))
    return success();
  Operation *op = layer;
  Location loc = op->getLoc();
  AppliedRule &applied = rules[op];
  auto type = cast<RankedTensorType>(applied.activation.getType());
  StringRef name = layer.getLayerName();
  SmallVector<Value> saved;
  // All that a rule keeps is in place of one activation.
  int64_t exactBytes = getExactBytes(op, applied.activation);
  for (Value value : applied.forward.saved)
    saved.push_back(save(value, name, applied.rule.getRuleName(),
                         std::exchange(exactBytes, 0)));
  Value delta = gradients.lookup(op->getResult(0));
  auto contract = [&](Value d, Value a) {
    return layer.contractWeightGradient(builder, d, a);
  };
  auto sumOverPositions = [&](Value d) {
    return layer.sumOverPositions(builder, d);
  };
  auto contractUniform = [&](Value d, Value mean) {
    return layer.contractUniform(builder, d, mean);
  };
  auto again = [&] { return recompute(applied.activation, op, name); };
  RuleBackwardContext context{loc,
                              delta,
                              type,
                              saved,
                              applied.state,
                              contract,
                              sumOverPositions,
                              contractUniform,
                              again,
                              layer.getFeatureDim(),
                              layer.hasRowsOfInput()};
  FailureOr<Value> gradient =
      applied.rule.buildWeightGradient(builder, context);
  if (failed(gradient))
    return failure();
  accumulate(weight, *gradient);
  if (!indicators)
    return success();

  FailureOr<RuleAuxiliary> auxiliary =
      applied.rule.buildAuxiliary(builder, context);
  if (failed(auxiliary))
    return failure();
  auto report = [&](StringRef kind, Value value) {
    indicatorResults.emplace_back(("indicator:" + name + "." + kind).str(),
                                  value);
  };
  Value h = applied.forward.input;
  report("stored", buildIndicator(builder, loc, h, auxiliary->activation));
  report("applied",
         buildIndicator(
             builder, loc, h,
             buildScale(builder, loc, auxiliary->activation, auxiliary->gain)));
  report("cosine", buildCosine(builder, loc, *gradient, contract(delta, h)));
  return success();
}

void BackwardBuilder::returnState(
    SmallVectorImpl<Value> &results,
    SmallVectorImpl<DictionaryAttr> &resultAttrs) {
  for (auto &[op, applied] : rules)
    for (auto [i, value] : llvm::enumerate(applied.forward.state)) {
      func.setArgAttr(applied.firstStateArgument + i, attrs::replacedBy,
                      builder.getI64IntegerAttr(results.size()));
      results.push_back(value);
      resultAttrs.push_back(builder.getDictionaryAttr({}));
    }
}

LogicalResult BackwardBuilder::returnGradients() {
  SmallVector<Value> results(terminator.getOperands());
  SmallVector<DictionaryAttr> resultAttrs;
  for (unsigned i = 0; i < func.getNumResults(); ++i)
    resultAttrs.push_back(builder.getDictionaryAttr(func.getResultAttrs(i)));
  auto add = [&](StringRef name, Value value) {
    results.push_back(value);
    resultAttrs.push_back(builder.getDictionaryAttr(
        builder.getNamedAttr(attrs::output, builder.getStringAttr(name))));
  };
  for (auto &[name, value] : indicatorResults)
    add(name, value);
  if (!indicators) {
    for (BlockArgument argument : func.getArguments()) {
      auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                    attrs::parameter);
      if (!name)
        continue;
      Value gradient = gradients.lookup(argument);
      if (!gradient)
        return func.emitOpError()
               << "parameter '" << name.getValue()
               << "' has no gradient: the loss does not depend on it; remove "
                  "it, or use it";
      add(("gradient:" + name.getValue()).str(), gradient);
    }
    returnState(results, resultAttrs);
  }
  terminator.getOperandsMutable().assign(results);
  func.setFunctionType(builder.getFunctionType(func.getArgumentTypes(),
                                               ValueRange(results).getTypes()));
  func.setAllResultAttrs(resultAttrs);
  return success();
}

LogicalResult BackwardBuilder::run() {
  if (failed(findLoss()))
    return failure();
  findActiveValues();
  Value loss = terminator.getOperand(lossIndex);
  if (!active.contains(loss))
    return func.emitOpError("has a loss that depends on no parameter; mark "
                            "arguments with `auxact.parameter`");
  rules = applyForwardRules(func);
  for (auto &[op, applied] : rules)
    if (active.contains(applied.activation))
      active.insert(applied.forward.input);
  buildResiduals();
  findExactReaders();
  builder.setInsertionPoint(terminator);
  gradients[loss] = buildScalarConstant(
      builder, loss.getLoc(),
      cast<RankedTensorType>(loss.getType()).getElementType(), 1.0);
  for (Operation *op : llvm::reverse(forward))
    if (failed(goBackwards(op)))
      return failure();
  return returnGradients();
}

namespace {

struct Differentiate : auxact::impl::DifferentiateBase<Differentiate> {
  using DifferentiateBase::DifferentiateBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration() || func->hasAttr(attrs::kernel))
      return;
    if (failed(BackwardBuilder(func, indicators).run()))
      signalPassFailure();
  }
};

} // namespace
