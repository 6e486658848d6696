//===- AppendLoss.cpp - A loss for a model without one --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Append a loss to a model that returns a prediction only.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_APPENDLOSS
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct AppendLoss : auxact::impl::AppendLossBase<AppendLoss> {
  using AppendLossBase::AppendLossBase;

  void runOnOperation() override;

private:
  LogicalResult checkOptions(func::FuncOp func);
  FailureOr<Value> findPrediction(func::FuncOp func);
  FailureOr<Type> getTargetType(func::FuncOp func, RankedTensorType prediction);
  FailureOr<Value> addTarget(func::FuncOp func, Type type);
};

} // namespace

LogicalResult AppendLoss::checkOptions(func::FuncOp func) {
  if (loss != "cross_entropy" && loss != "mean_squared_error")
    return func.emitError() << "expected loss to be 'cross_entropy' or "
                               "'mean_squared_error', but it is '"
                            << loss << "'";
  if (labelType != "i32" && labelType != "i64")
    return func.emitError()
           << "expected label-type to be 'i32' or 'i64', but it is '"
           << labelType << "'";
  if (!(labelSmoothing >= 0.0 && labelSmoothing < 1.0))
    return func.emitError() << "expected label-smoothing in [0, 1), but it is "
                            << std::to_string(labelSmoothing);
  if (loss != "cross_entropy" && labelSmoothing != 0.0)
    return func.emitError()
           << "expected no label-smoothing for '" << loss << "', but it is "
           << std::to_string(labelSmoothing);
  return success();
}

/// The result marked `prediction`, or the only result. Marks it.
FailureOr<Value> AppendLoss::findPrediction(func::FuncOp func) {
  Operation *terminator = func.getBody().front().getTerminator();
  std::optional<unsigned> prediction;
  for (unsigned i = 0; i < func.getNumResults(); ++i) {
    auto output = func.getResultAttrOfType<StringAttr>(i, attrs::output);
    if (output && output.getValue() == "loss") {
      InFlightDiagnostic diagnostic =
          func.emitOpError() << "has a loss already, as result " << i
                             << "; leave out either that or loss=" << loss;
      diagnostic.attachNote(terminator->getOperand(i).getLoc())
          << "the loss is made here";
      return diagnostic;
    }
    if (output && output.getValue() == "prediction")
      prediction = i;
  }
  if (!prediction && func.getNumResults() == 1) {
    func.setResultAttr(0, attrs::output,
                       StringAttr::get(&getContext(), "prediction"));
    prediction = 0;
  }
  if (!prediction)
    return func.emitOpError("expects a result marked `auxact.output = "
                            "\"prediction\"` to judge by a loss");
  return terminator->getOperand(*prediction);
}

FailureOr<Type> AppendLoss::getTargetType(func::FuncOp func,
                                          RankedTensorType prediction) {
  if (loss != "cross_entropy")
    return Type(prediction);
  if (prediction.getRank() < 2)
    return func.emitOpError()
           << "expects a prediction of at least two dimensions (rows, classes) "
              "for cross_entropy, but it is "
           << prediction;
  Type element = IntegerType::get(&getContext(), labelType == "i32" ? 32 : 64);
  return Type(
      RankedTensorType::get(prediction.getShape().drop_back(), element));
}

/// A new input, after the last one.
FailureOr<Value> AppendLoss::addTarget(func::FuncOp func, Type type) {
  unsigned index = 0;
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    auto name = func.getArgAttrOfType<StringAttr>(i, attrs::input);
    if (!name)
      continue;
    if (name.getValue() == target)
      return func.emitOpError()
             << "has an input '" << target
             << "' already, which is the name of the appended loss's labels; "
                "rename that input";
    index = i + 1;
  }
  Builder builder(&getContext());
  auto attributes = builder.getDictionaryAttr(
      builder.getNamedAttr(attrs::input, builder.getStringAttr(target)));
  if (failed(func.insertArgument(index, type, attributes, func.getLoc())))
    return failure();
  return Value(func.getArgument(index));
}

void AppendLoss::runOnOperation() {
  func::FuncOp func = getOperation();
  if (func.isDeclaration() || func->hasAttr(attrs::kernel))
    return;
  if (failed(checkOptions(func)))
    return signalPassFailure();
  FailureOr<Value> prediction = findPrediction(func);
  if (failed(prediction))
    return signalPassFailure();
  auto type = dyn_cast<RankedTensorType>(prediction->getType());
  if (!type || !isa<FloatType>(type.getElementType())) {
    func.emitOpError()
        << "expects a prediction that is a tensor of floats, but "
           "it is "
        << prediction->getType();
    return signalPassFailure();
  }
  FailureOr<Type> targetType = getTargetType(func, type);
  if (failed(targetType))
    return signalPassFailure();
  FailureOr<Value> labels = addTarget(func, *targetType);
  if (failed(labels))
    return signalPassFailure();

  Operation *terminator = func.getBody().front().getTerminator();
  OpBuilder builder(terminator);
  Location loc = prediction->getLoc();
  auto lossType = RankedTensorType::get({}, type.getElementType());
  // Labels of positions: padding is -100, as in PyTorch.
  IntegerAttr ignored;
  if (cast<RankedTensorType>(labels->getType()).getRank() > 1)
    ignored = builder.getI64IntegerAttr(-100);
  Value result;
  if (loss == "cross_entropy")
    result = CrossEntropyOp::create(
        builder, loc, lossType, *prediction, *labels,
        builder.getF32FloatAttr(float(labelSmoothing)), ignored);
  else
    result = MeanSquaredErrorOp::create(builder, loc, lossType, *prediction,
                                        *labels);
  unsigned index = func.getNumResults();
  terminator->insertOperands(index, result);
  if (failed(func.insertResult(
          index, lossType,
          builder.getDictionaryAttr(builder.getNamedAttr(
              attrs::output, builder.getStringAttr("loss"))))))
    return signalPassFailure();
}
