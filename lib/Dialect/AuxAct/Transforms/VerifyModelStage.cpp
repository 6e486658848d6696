//===- VerifyModelStage.cpp - The form of a model -------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Check the form of a model.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_VERIFYMODELSTAGE
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

/// Tensors of fixed, non-empty shape, of the element types that there is code
/// for.
static LogicalResult verifyType(Operation *op, const Twine &what, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return op->emitOpError()
           << "expects tensors of a fixed shape (dynamic shapes "
              "are not supported; another batch size is another "
              "entry), but "
           << what.str() << " is " << type;
  if (llvm::is_contained(tensor.getShape(), 0))
    return op->emitOpError() << "expects every dimension to be at least 1, but "
                             << what.str() << " is " << type;
  Type element = tensor.getElementType();
  if (element.isF32() || element.isInteger(1) || element.isInteger(8) ||
      element.isInteger(32) || element.isInteger(64))
    return success();
  if (element.isBF16())
    return op->emitOpError()
           << "expects a model in f32, but " << what.str() << " is " << type
           << "; precision=bfloat16 computes in bf16 inside";
  return op->emitOpError() << "expects elements of type f32, i32 or i64, but "
                           << what.str() << " is " << type;
}

/// Every argument has one name. Parameters, buffers and state share one space
/// of names, inputs and scalars another.
static LogicalResult verifyArguments(func::FuncOp func) {
  llvm::StringMap<unsigned> stateNames, inputNames;
  const std::pair<StringRef, llvm::StringMap<unsigned> *> kinds[] = {
      {attrs::input, &inputNames},     {attrs::scalar, &inputNames},
      {attrs::parameter, &stateNames}, {attrs::buffer, &stateNames},
      {attrs::state, &stateNames},
  };
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    unsigned found = 0;
    for (auto [kind, names] : kinds) {
      auto name = func.getArgAttrOfType<StringAttr>(i, kind);
      if (!name)
        continue;
      ++found;
      auto [entry, isNew] = names->try_emplace(name.getValue(), i);
      if (!isNew)
        return func.emitOpError()
               << "expects names of arguments to be unique, but arguments "
               << entry->second << " and " << i << " are both called '"
               << name.getValue() << "'";
    }
    if (found != 1)
      return func.emitOpError()
             << "expects argument " << i
             << " to be marked as one of auxact.input, auxact.parameter, "
                "auxact.buffer, auxact.state or auxact.scalar, but it has "
             << found << " of them";
    if (failed(verifyType(func, "argument " + Twine(i),
                          func.getArgumentTypes()[i])))
      return failure();
  }
  return success();
}

/// Every result is named, or replaces an argument.
static LogicalResult verifyResults(func::FuncOp func) {
  llvm::BitVector replaces(func.getNumResults());
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    if (auto index = func.getArgAttrOfType<IntegerAttr>(i, attrs::replacedBy))
      replaces.set(index.getInt());
  llvm::StringMap<unsigned> names;
  bool hasPredictionOrLoss = false;
  for (unsigned i = 0; i < func.getNumResults(); ++i) {
    auto name = func.getResultAttrOfType<StringAttr>(i, attrs::output);
    if (!name && replaces.test(i))
      continue;
    if (!name)
      return func.emitOpError()
             << "expects result " << i
             << " to be marked auxact.output, or to replace an argument "
                "(auxact.replaced_by)";
    auto [entry, isNew] = names.try_emplace(name.getValue(), i);
    if (!isNew)
      return func.emitOpError()
             << "expects names of results to be unique, but results "
             << entry->second << " and " << i << " are both called '"
             << name.getValue() << "'";
    if (name.getValue() != "prediction" && name.getValue() != "loss")
      return func.emitOpError()
             << "expects results to be called 'prediction' or 'loss', but "
                "result "
             << i << " is called '" << name.getValue() << "'";
    hasPredictionOrLoss = true;
  }
  if (!hasPredictionOrLoss)
    return func.emitOpError("expects a result marked `auxact.output = "
                            "\"prediction\"` or `\"loss\"`");
  return success();
}

/// Names are what rules and reports know layers by.
static LogicalResult verifyLayers(func::FuncOp func) {
  llvm::StringMap<Operation *> names;
  for (Operation &op : func.getBody().front().without_terminator()) {
    if (op.getNumRegions() != 0 && !isa<linalg::LinalgOp>(op))
      return op.emitOpError("has a region; expected straight-line code, whose "
                            "layers stand in the function itself");
    for (Type type : op.getResultTypes())
      if (isa<TensorType>(type) && failed(verifyType(&op, "a result", type)))
        return failure();
    if (auto layer = dyn_cast<ParameterizedLayerOpInterface>(op)) {
      StringRef shared = layer.getLayerRule().getSharedLayer();
      if (!shared.empty())
        return op.emitOpError()
               << "has a rule that shares the activation of layer '" << shared
               << "' by name; run -auxact-assign-rules to make it an operand";
    }
    auto name = op.getAttrOfType<StringAttr>("name");
    if (!name)
      continue;
    auto [entry, isNew] = names.try_emplace(name.getValue(), &op);
    if (isNew)
      continue;
    InFlightDiagnostic diagnostic = op.emitOpError()
                                    << "expects names of layers to be unique, "
                                       "but another one is called '"
                                    << name.getValue() << "' as well";
    diagnostic.attachNote(entry->second->getLoc()) << "the other one is here";
    return diagnostic;
  }
  return success();
}

namespace {

struct VerifyModelStage : auxact::impl::VerifyModelStageBase<VerifyModelStage> {
  void runOnOperation() override {
    func::FuncOp model;
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isDeclaration())
        continue;
      if (model) {
        func.emitOpError("is a second function with a body; expected one, the "
                         "model (inline what it calls)")
                .attachNote(model.getLoc())
            << "the first one is here";
        return signalPassFailure();
      }
      model = func;
    }
    if (!model) {
      getOperation().emitError("expected one function with a body, the model, "
                               "but there is none");
      return signalPassFailure();
    }
    if (!model.getBody().hasOneBlock()) {
      model.emitOpError("expects straight-line code, one block");
      return signalPassFailure();
    }
    if (failed(verifyArguments(model)) || failed(verifyResults(model)) ||
        failed(verifyLayers(model)))
      signalPassFailure();
  }
};

} // namespace
