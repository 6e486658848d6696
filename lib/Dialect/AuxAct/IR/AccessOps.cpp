//===- AccessOps.cpp - Tensors read at other positions --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

ArrayRef<int64_t> AffineViewOp::getIndexedShape() {
  if (std::optional<ArrayRef<int64_t>> shape = getShape())
    return *shape;
  return asTensor(getInput()).getShape();
}

LogicalResult AffineViewOp::verify() {
  RankedTensorType input = asTensor(getInput()), result = asTensor(getResult());
  if (input.getEncoding() || result.getEncoding())
    return emitOpError("expects plain tensors: decode before, or look at the "
                       "bytes");
  if (input.getElementType() != result.getElementType())
    return emitOpError() << "expects a result of element type "
                         << input.getElementType() << ", but it is "
                         << result.getElementType();
  if (input.getRank() == 0 || result.getRank() == 0)
    return emitOpError("expects tensors of at least one dimension");
  ArrayRef<int64_t> indexed = getIndexedShape();
  if (llvm::any_of(indexed, [](int64_t size) { return size < 1; }) ||
      ShapedType::getNumElements(indexed) != input.getNumElements())
    return emitOpError() << "expects `as` a shape of " << input.getNumElements()
                         << " elements, as " << input << " has, but it is ["
                         << indexed << "]";
  AffineMap map = getMap();
  if (map.getNumSymbols() != 0 ||
      int64_t(map.getNumDims()) != result.getRank() ||
      map.getNumResults() != indexed.size())
    return emitOpError() << "expects a map from " << result.getRank()
                         << " dimensions to " << indexed.size()
                         << " indices, but it is " << AffineMapAttr::get(map);
  std::optional<IntegerSet> condition = getCondition();
  if (condition && (condition->getNumSymbols() != 0 ||
                    int64_t(condition->getNumDims()) != result.getRank()))
    return emitOpError() << "expects a set over " << result.getRank()
                         << " dimensions, but it is "
                         << IntegerSetAttr::get(*condition);
  return success();
}

/// identity of the whole -> the input; a view of a reshape -> a view of what is
/// reshaped.
OpFoldResult AffineViewOp::fold(FoldAdaptor) {
  if (getMap().isIdentity() && !getCondition() && !getShape() &&
      getInput().getType() == getType())
    return getInput();
  Operation *producer = getInput().getDefiningOp();
  if (!isa_and_nonnull<ReshapeOp, tensor::CollapseShapeOp,
                       tensor::ExpandShapeOp>(producer))
    return {};
  SmallVector<int64_t> indexed(getIndexedShape());
  getInputMutable().assign(producer->getOperand(0));
  if (ArrayRef(indexed) == asTensor(getInput()).getShape())
    removeShapeAttr();
  else
    setShape(indexed);
  return getResult();
}
