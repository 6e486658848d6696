//===- TokenOps.cpp - Rows of tables --------------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// Rows of `table` in the places of `indices`; null where `table` is no matrix.
static RankedTensorType getRowsType(Type indices, Type table) {
  auto indexType = dyn_cast<RankedTensorType>(indices);
  auto tableType = dyn_cast<RankedTensorType>(table);
  if (!indexType || !tableType || tableType.getRank() != 2)
    return {};
  SmallVector<int64_t> shape(indexType.getShape());
  shape.push_back(tableType.getDimSize(1));
  return RankedTensorType::get(shape, tableType.getElementType());
}

//===----------------------------------------------------------------------===//
// embedding
//===----------------------------------------------------------------------===//

LogicalResult EmbeddingOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location>,
                                            ValueRange operands, DictionaryAttr,
                                            OpaqueProperties, RegionRange,
                                            SmallVectorImpl<Type> &types) {
  types.push_back(getRowsType(operands[0].getType(), operands[1].getType()));
  return success(bool(types.back()));
}

LogicalResult EmbeddingOp::verify() {
  RankedTensorType table = asTensor(getTable());
  if (table.getRank() != 2)
    return emitOpError()
           << "expects a table of two dimensions (rows, features), but it is "
           << table;
  if (asTensor(getTokens()).getRank() == 0)
    return emitOpError("expects tokens of at least one dimension");
  std::optional<uint64_t> padding = getPaddingIndex();
  int64_t rows = table.getDimSize(0);
  if (padding && (int64_t(*padding) < 0 || int64_t(*padding) >= rows))
    return emitOpError() << "expects a padding_index in [0, " << rows
                         << "), a row of " << table << ", but it is "
                         << int64_t(*padding);
  return success();
}

SmallVector<IndexOperand> EmbeddingOp::getIndexOperands() {
  return {{getTokens(), asTensor(getTable()).getDimSize(0), std::nullopt,
           /*isLabel=*/false}};
}

void EmbeddingOp::buildResiduals(OpBuilder &,
                                 SmallVectorImpl<Value> &residuals) {
  residuals.push_back(getTokens());
}

LogicalResult EmbeddingOp::buildInputGradients(
    OpBuilder &builder, ValueRange residuals, ValueRange resultGradients,
    const BitVector &needed, MutableArrayRef<Value> gradients) {
  if (!needed[1])
    return success();
  RankedTensorType tokens = asTensor(residuals[0]);
  Value indices = ReshapeOp::create(
      builder, getLoc(),
      RankedTensorType::get({tokens.getNumElements()}, tokens.getElementType()),
      residuals[0], StringAttr());
  gradients[1] = ScatterRowsOp::create(
      builder, getLoc(), getTable().getType(),
      buildAsMatrix(builder, getLoc(), resultGradients[0]), indices,
      getPaddingIndexAttr());
  return success();
}

//===----------------------------------------------------------------------===//
// gather_rows
//===----------------------------------------------------------------------===//

LogicalResult GatherRowsOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
    OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  types.push_back(getRowsType(operands[1].getType(), operands[0].getType()));
  return success(bool(types.back()));
}

LogicalResult GatherRowsOp::verify() {
  if (asTensor(getIndices()).getRank() != 1)
    return emitOpError() << "expects a list of indices, but they are "
                         << getIndices().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// scatter_rows
//===----------------------------------------------------------------------===//

LogicalResult ScatterRowsOp::verify() {
  RankedTensorType rows = asTensor(getRows());
  RankedTensorType indices = asTensor(getIndices());
  RankedTensorType result = asTensor(getResult());
  if (rows.getRank() != 2)
    return emitOpError() << "expects rows of a matrix, but they are " << rows;
  if (indices.getRank() != 1 || indices.getDimSize(0) != rows.getDimSize(0))
    return emitOpError() << "expects a list of " << rows.getDimSize(0)
                         << " indices, one a row of " << rows
                         << ", but they are " << indices;
  if (result.getRank() != 2 || result.getDimSize(1) != rows.getDimSize(1) ||
      result.getElementType() != rows.getElementType())
    return emitOpError() << "expects a result with the columns of " << rows
                         << ", but it is " << result;
  return success();
}
