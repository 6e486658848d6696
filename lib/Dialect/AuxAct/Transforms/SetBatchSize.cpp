//===- SetBatchSize.cpp - The same model for another batch ----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Change the number of rows that a model takes.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"

#include "llvm/ADT/DenseSet.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_SETBATCHSIZE
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct SetBatchSize : auxact::impl::SetBatchSizeBase<SetBatchSize> {
  using SetBatchSizeBase::SetBatchSizeBase;

  void runOnOperation() override;

private:
  LogicalResult resizeInputs(func::FuncOp func);
  LogicalResult resizeResults(Operation *op);
  LogicalResult scaleView(Operation *op);

  /// The rows that the model takes before.
  int64_t oldBatch = 0;
  /// Values whose type has changed.
  llvm::DenseSet<Value> resized;
};

} // namespace

static RankedTensorType withLeading(RankedTensorType type, int64_t size) {
  SmallVector<int64_t> shape(type.getShape());
  shape.front() = size;
  return RankedTensorType::get(shape, type.getElementType(),
                               type.getEncoding());
}

LogicalResult SetBatchSize::resizeInputs(func::FuncOp func) {
  std::string first;
  for (BlockArgument argument : func.getArguments()) {
    auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                  attrs::input);
    if (!name)
      continue;
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type || type.getRank() == 0)
      return func.emitOpError()
             << "expects inputs whose leading dimension is the batch, but '"
             << name.getValue() << "' is " << argument.getType();
    int64_t rows = type.getDimSize(0);
    if (!first.empty() && rows != oldBatch)
      return func.emitOpError()
             << "expects every input to have one batch size, but '" << first
             << "' has " << oldBatch << " rows and '" << name.getValue()
             << "' has " << rows;
    first = name.getValue().str();
    oldBatch = rows;
    argument.setType(withLeading(type, batch));
    resized.insert(argument);
  }
  if (first.empty())
    return func.emitOpError(
        "has no input to resize; mark arguments with `auxact.input`");
  return success();
}

/// A view: its leading dimension goes with that of what it looks at.
LogicalResult SetBatchSize::scaleView(Operation *op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  int64_t scaled = type.getRank() == 0 ? 1 : type.getDimSize(0) * batch;
  if (type.getRank() == 0 || scaled % oldBatch != 0)
    return op->emitOpError()
           << "cannot be given another batch size: its result " << type
           << " does not have the batch of " << oldBatch
           << " in its leading dimension";
  RankedTensorType newType = withLeading(type, scaled / oldBatch);
  op->getResult(0).setType(newType);
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    expand.setStaticOutputShape(newType.getShape());
  return success();
}

/// Give `op`, one of whose operands has a new type, its new result types.
LogicalResult SetBatchSize::resizeResults(Operation *op) {
  if (isa<ReshapeOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op)) {
    if (failed(scaleView(op)))
      return failure();
  } else if (auto inferring = dyn_cast<InferTypeOpInterface>(op)) {
    SmallVector<Type> types;
    if (failed(inferring.inferReturnTypes(
            op->getContext(), op->getLoc(), op->getOperands(),
            op->getDiscardableAttrDictionary(), op->getPropertiesStorage(),
            op->getRegions(), types)))
      return op->emitOpError("has no result type for this batch size");
    for (auto [result, type] : llvm::zip_equal(op->getResults(), types))
      result.setType(type);
  } else {
    return op->emitOpError(
        "cannot be given another batch size: its result type does not follow "
        "from its operands (InferTypeOpInterface)");
  }
  resized.insert(op->result_begin(), op->result_end());
  // Says what does not fit, a constant of the old batch size for instance.
  return verify(op, /*verifyRecursively=*/false);
}

void SetBatchSize::runOnOperation() {
  func::FuncOp func = getOperation();
  if (func.isDeclaration() || func->hasAttr(attrs::kernel))
    return;
  if (batch < 1) {
    func.emitError() << "expected batch >= 1, but it is " << batch.getValue();
    return signalPassFailure();
  }
  resized.clear();
  if (failed(resizeInputs(func)))
    return signalPassFailure();
  if (oldBatch == batch)
    return;
  Block &body = func.getBody().front();
  for (Operation &op : body.without_terminator()) {
    bool changed = llvm::any_of(op.getOperands(), [&](Value operand) {
      return resized.contains(operand);
    });
    if (changed && failed(resizeResults(&op)))
      return signalPassFailure();
  }
  func.setFunctionType(
      FunctionType::get(&getContext(), body.getArgumentTypes(),
                        body.getTerminator()->getOperandTypes()));
}
