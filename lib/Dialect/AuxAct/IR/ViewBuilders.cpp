//===- ViewBuilders.cpp - Parts and arrangements as views -----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/ViewBuilders.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static Value reshape(OpBuilder &builder, Location loc, Value value,
                     ArrayRef<int64_t> shape) {
  RankedTensorType type = asTensor(value);
  if (type.getShape() == shape)
    return value;
  return ReshapeOp::create(builder, loc,
                           RankedTensorType::get(shape, type.getElementType()),
                           value, StringAttr());
}

/// (product of the sizes before the last, the last).
static std::pair<int64_t, int64_t> getMatrixShape(ArrayRef<int64_t> shape) {
  return {ShapedType::getNumElements(shape.drop_back()), shape.back()};
}

/// A tensor of `shape` whose element at (row, column) of its matrix is that of
/// `value` at `indices`, which are in the shape `seenAs`; zero out of bounds.
static Value buildView(OpBuilder &builder, Location loc, Value value,
                       ArrayRef<int64_t> seenAs, ArrayRef<AffineExpr> indices,
                       ArrayRef<int64_t> shape) {
  auto [rows, columns] = getMatrixShape(shape);
  Value view = buildAffineView(
      builder, loc, reshape(builder, loc, value, seenAs), {rows, columns},
      AffineMap::get(2, 0, indices, builder.getContext()));
  return reshape(builder, loc, view, shape);
}

namespace {
/// Dimensions that stay side by side, in their order, and all their elements.
struct Group {
  int64_t first, elements;
};
} // namespace

Value mlir::auxact::buildTransposedView(OpBuilder &builder, Location loc,
                                        Value value,
                                        ArrayRef<int64_t> permutation) {
  ArrayRef<int64_t> source = asTensor(value).getShape();
  SmallVector<int64_t> shape;
  SmallVector<Group> groups;
  for (auto [i, from] : llvm::enumerate(permutation)) {
    shape.push_back(source[from]);
    if (i > 0 && from == permutation[i - 1] + 1)
      groups.back().elements *= source[from];
    else
      groups.push_back({from, source[from]});
  }
  // The index in each group, from the last, which has the columns.
  AffineExpr row, column;
  bindDims(builder.getContext(), row, column);
  SmallVector<AffineExpr> places(groups.size());
  for (int64_t i = int64_t(groups.size()) - 1; i >= 0; --i) {
    bool isLast = i + 1 == int64_t(groups.size());
    int64_t size =
        isLast ? groups[i].elements / shape.back() : groups[i].elements;
    AffineExpr place = i == 0 ? row : row % size;
    places[i] = isLast ? place * shape.back() + column : place;
    row = row.floorDiv(size);
  }
  SmallVector<int64_t> order =
      llvm::to_vector(llvm::seq<int64_t>(0, int64_t(groups.size())));
  llvm::sort(order, [&](int64_t a, int64_t b) {
    return groups[a].first < groups[b].first;
  });
  SmallVector<int64_t> seenAs;
  SmallVector<AffineExpr> indices;
  for (int64_t i : order) {
    seenAs.push_back(groups[i].elements);
    indices.push_back(places[i]);
  }
  return buildView(builder, loc, value, seenAs, indices, shape);
}

Value mlir::auxact::buildSliceView(OpBuilder &builder, Location loc,
                                   Value value, int64_t dim, int64_t start,
                                   int64_t size) {
  ArrayRef<int64_t> source = asTensor(value).getShape();
  SmallVector<int64_t> shape(source);
  shape[dim] = size;
  AffineExpr row, column;
  bindDims(builder.getContext(), row, column);
  auto [rows, columns] = getMatrixShape(source);
  if (dim == int64_t(source.size()) - 1)
    return buildView(builder, loc, value, {rows, columns},
                     {row, column + start}, shape);
  // (outer, dim and what is within a row of it, columns).
  int64_t within =
      ShapedType::getNumElements(source.drop_front(dim + 1).drop_back());
  int64_t outer = ShapedType::getNumElements(source.take_front(dim));
  int64_t taken = size * within;
  if (outer == 1)
    return buildView(builder, loc, value, {rows, columns},
                     {row + start * within, column}, shape);
  return buildView(builder, loc, value, {outer, source[dim] * within, columns},
                   {row.floorDiv(taken), row % taken + start * within, column},
                   shape);
}

Value mlir::auxact::buildPaddedView(OpBuilder &builder, Location loc,
                                    Value value, ArrayRef<int64_t> shape,
                                    int64_t dim, int64_t start) {
  ArrayRef<int64_t> source = asTensor(value).getShape();
  int64_t missing = int64_t(shape.size()) - int64_t(source.size());
  AffineExpr row, column;
  bindDims(builder.getContext(), row, column);
  auto [rows, columns] = getMatrixShape(source);
  if (dim == int64_t(shape.size()) - 1)
    return buildView(builder, loc, value, {rows, columns},
                     {missing == 0 ? row : row % rows, column - start}, shape);
  int64_t within =
      ShapedType::getNumElements(shape.drop_front(dim + 1).drop_back());
  int64_t whole = shape[dim] * within, part = source[dim - missing] * within;
  int64_t outer = rows / part;
  if (outer == 1 && missing == 0)
    return buildView(builder, loc, value, {rows, columns},
                     {row - start * within, column}, shape);
  AffineExpr place = row % whole - start * within;
  if (outer == 1)
    return buildView(builder, loc, value, {rows, columns}, {place, column},
                     shape);
  AffineExpr block = row.floorDiv(whole);
  if (missing > 0)
    block = block % outer;
  return buildView(builder, loc, value, {outer, part, columns},
                   {block, place, column}, shape);
}

Value mlir::auxact::buildRepeatedView(OpBuilder &builder, Location loc,
                                      Value value, ArrayRef<int64_t> shape) {
  auto [rows, columns] = getMatrixShape(asTensor(value).getShape());
  AffineExpr row, column;
  bindDims(builder.getContext(), row, column);
  return buildView(builder, loc, value, {rows, columns}, {row % rows, column},
                   shape);
}

Value mlir::auxact::buildRowSlice(OpBuilder &builder, Location loc, Value value,
                                  int64_t start, int64_t size) {
  RankedTensorType type = asTensor(value);
  if (size == type.getDimSize(0))
    return value;
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes;
  for (int64_t extent : type.getShape())
    sizes.push_back(builder.getIndexAttr(extent));
  offsets[0] = builder.getIndexAttr(start);
  sizes[0] = builder.getIndexAttr(size);
  return tensor::ExtractSliceOp::create(builder, loc, value, offsets, sizes,
                                        strides);
}

Value mlir::auxact::buildSumOverLeading(OpBuilder &builder, Location loc,
                                        Value value, ArrayRef<int64_t> shape) {
  int64_t elements = ShapedType::getNumElements(shape);
  int64_t times = asTensor(value).getNumElements() / elements;
  if (asTensor(value).getShape() == shape)
    return value;
  Value rows = reshape(builder, loc, value, {times, elements});
  Value sum = buildReduction(
      builder, loc, rows, /*dim=*/0, ReductionKind::Add,
      [](OpBuilder &, Location, ValueRange args) { return args[0]; });
  return reshape(builder, loc, sum, shape);
}

bool mlir::auxact::isSuffix(ArrayRef<int64_t> part, ArrayRef<int64_t> whole) {
  return part.size() <= whole.size() && part == whole.take_back(part.size());
}
