//===- ShapeOps.cpp - Parts and arrangements of tensors -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/IR/ViewBuilders.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static RankedTensorType withShape(RankedTensorType type,
                                  ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, type.getElementType());
}

//===----------------------------------------------------------------------===//
// transpose
//===----------------------------------------------------------------------===//

LogicalResult
TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                              ValueRange operands, DictionaryAttr attributes,
                              OpaqueProperties properties, RegionRange regions,
                              SmallVectorImpl<Type> &types) {
  TransposeOpAdaptor op(operands, attributes, properties, regions);
  auto input = dyn_cast<RankedTensorType>(op.getInput().getType());
  ArrayRef<int64_t> permutation = op.getPermutation();
  if (!input || int64_t(permutation.size()) != input.getRank() ||
      !isPermutationVector(permutation))
    return emitOptionalError(loc,
                             "'auxact.transpose' op expects a permutation of "
                             "the dimensions of ",
                             op.getInput().getType(), ", but it is [",
                             permutation, "]");
  types.push_back(
      withShape(input, applyPermutation(input.getShape(), permutation)));
  return success();
}

LogicalResult TransposeOp::verify() {
  if (asTensor(getInput()).getRank() == 0)
    return emitOpError("expects a tensor of at least one dimension");
  return success();
}

/// the order that is there -> the input; of a transposition -> one.
OpFoldResult TransposeOp::fold(FoldAdaptor) {
  if (isIdentityPermutation(getPermutation()))
    return getInput();
  if (auto inner = getInput().getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> both(inner.getPermutation());
    applyPermutationToVector(both, getPermutation());
    getInputMutable().assign(inner.getInput());
    setPermutation(both);
    return getResult();
  }
  return {};
}

LogicalResult
TransposeOp::buildInputGradients(OpBuilder &builder, ValueRange,
                                 ValueRange resultGradients, const BitVector &,
                                 MutableArrayRef<Value> gradients) {
  gradients[0] = TransposeOp::create(
      builder, getLoc(), resultGradients[0],
      builder.getDenseI64ArrayAttr(invertPermutationVector(getPermutation())));
  return success();
}

//===----------------------------------------------------------------------===//
// slice
//===----------------------------------------------------------------------===//

LogicalResult
SliceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                          ValueRange operands, DictionaryAttr attributes,
                          OpaqueProperties properties, RegionRange regions,
                          SmallVectorImpl<Type> &types) {
  SliceOpAdaptor op(operands, attributes, properties, regions);
  auto input = dyn_cast<RankedTensorType>(op.getInput().getType());
  int64_t dim = op.getDim(), size = op.getSize();
  if (!input || dim < 0 || dim >= input.getRank())
    return emitOptionalError(loc, "'auxact.slice' op expects a dimension of ",
                             op.getInput().getType(), ", but it is ", dim);
  SmallVector<int64_t> shape(input.getShape());
  shape[dim] = size;
  types.push_back(withShape(input, shape));
  return success();
}

LogicalResult SliceOp::verify() {
  int64_t extent = asTensor(getInput()).getDimSize(getDim());
  int64_t start = getStart(), size = getSize();
  if (start < 0 || size < 1 || start + size > extent)
    return emitOpError() << "expects a part of the " << extent
                         << " elements of dimension " << getDim() << " of "
                         << getInput().getType() << ", but it is " << size
                         << " from " << start;
  return success();
}

/// all of it -> the input.
OpFoldResult SliceOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  return {};
}

LogicalResult SliceOp::buildInputGradients(OpBuilder &builder, ValueRange,
                                           ValueRange resultGradients,
                                           const BitVector &,
                                           MutableArrayRef<Value> gradients) {
  gradients[0] =
      buildPaddedView(builder, getLoc(), resultGradients[0],
                      asTensor(getInput()).getShape(), getDim(), getStart());
  return success();
}

//===----------------------------------------------------------------------===//
// concat
//===----------------------------------------------------------------------===//

/// The operand of the highest rank, which has all of the result's dimensions.
static RankedTensorType getWidest(ValueRange inputs) {
  RankedTensorType widest;
  for (Value input : inputs)
    if (auto type = dyn_cast<RankedTensorType>(input.getType()))
      if (!widest || type.getRank() > widest.getRank())
        widest = type;
  return widest;
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         ValueRange operands,
                                         DictionaryAttr attributes,
                                         OpaqueProperties properties,
                                         RegionRange regions,
                                         SmallVectorImpl<Type> &types) {
  ConcatOpAdaptor op(operands, attributes, properties, regions);
  RankedTensorType widest = getWidest(operands);
  int64_t dim = op.getDim();
  if (!widest || dim < 0 || dim >= widest.getRank())
    return failure();
  SmallVector<int64_t> shape(widest.getShape());
  shape[dim] = 0;
  for (Value input : operands) {
    RankedTensorType type = asTensor(input);
    int64_t own = dim - (widest.getRank() - type.getRank());
    if (own < 0)
      return failure();
    shape[dim] += type.getDimSize(own);
  }
  types.push_back(withShape(widest, shape));
  return success();
}

LogicalResult ConcatOp::verify() {
  RankedTensorType result = asTensor(getResult());
  for (Value input : getInputs()) {
    RankedTensorType type = asTensor(input);
    int64_t own = getDim() - (result.getRank() - type.getRank());
    if (own < 0 || own >= type.getRank())
      return emitOpError() << "expects tensors with the dimension " << getDim()
                           << " of " << result << ", but one is " << type;
    SmallVector<int64_t> shape(result.getShape().take_back(type.getRank()));
    shape[own] = type.getDimSize(own);
    if (ArrayRef(shape) != type.getShape() ||
        type.getElementType() != result.getElementType())
      return emitOpError() << "expects tensors that agree with " << result
                           << " in all dimensions but " << getDim()
                           << ", but one is " << type;
  }
  return success();
}

LogicalResult ConcatOp::buildInputGradients(OpBuilder &builder, ValueRange,
                                            ValueRange resultGradients,
                                            const BitVector &needed,
                                            MutableArrayRef<Value> gradients) {
  int64_t start = 0;
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    RankedTensorType type = asTensor(input);
    int64_t own = getDim() - (asTensor(getResult()).getRank() - type.getRank());
    int64_t size = type.getDimSize(own);
    if (needed[i]) {
      Value part = SliceOp::create(builder, getLoc(), resultGradients[0],
                                   getDim(), start, size);
      gradients[i] =
          buildSumOverLeading(builder, getLoc(), part, type.getShape());
    }
    start += size;
  }
  return success();
}
