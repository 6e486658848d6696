//===- Windows.cpp - Windows of images as affine views --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/Windows.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::auxact;

bool Windows::isPointwise() const {
  return taps() == 1 && strides[0] == 1 && strides[1] == 1 && padding[0] == 0 &&
         padding[1] == 0;
}

LogicalResult Windows::verify(Operation *op) const {
  for (int axis : {0, 1}) {
    if (strides[axis] < 1 || dilation[axis] < 1)
      return op->emitOpError() << "expects strides and dilations of at least "
                                  "1, but they are ["
                               << strides[0] << ", " << strides[1] << "] and ["
                               << dilation[0] << ", " << dilation[1] << "]";
    if (padding[axis] < 0)
      return op->emitOpError() << "expects a padding of at least 0, but it is ["
                               << padding[0] << ", " << padding[1] << "]";
  }
  if (outHeight() >= 1 && outWidth() >= 1)
    return success();
  return op->emitOpError() << "expects a window that fits the padded image, "
                              "but it is "
                           << dilation[0] * (windowHeight - 1) + 1 << " x "
                           << dilation[1] * (windowWidth - 1) + 1
                           << " and the image " << height + 2 * padding[0]
                           << " x " << width + 2 * padding[1];
}

/// `pixel`, row-major in batch x height x width, as its three indices.
static SmallVector<AffineExpr, 3> splitPixel(AffineExpr pixel, int64_t height,
                                             int64_t width) {
  return {pixel.floorDiv(height * width), pixel.floorDiv(width) % height,
          pixel % width};
}

/// Where tap `tap` of the window of pixel `pixel` lies in the image: batch, row
/// and column.
static SmallVector<AffineExpr, 4> locateTap(AffineExpr pixel, AffineExpr tap,
                                            const Windows &w) {
  auto at = splitPixel(pixel, w.outHeight(), w.outWidth());
  return {at[0],
          at[1] * w.strides[0] + tap.floorDiv(w.windowWidth) * w.dilation[0] -
              w.padding[0],
          at[2] * w.strides[1] + (tap % w.windowWidth) * w.dilation[1] -
              w.padding[1]};
}

/// Which window has `pixel` of the image under its tap `tap`: batch, row and
/// column of what comes out, where the conditions are 0.
static SmallVector<AffineExpr, 4>
locateWindow(AffineExpr pixel, AffineExpr tap, const Windows &w,
             SmallVectorImpl<AffineExpr> &conditions) {
  auto at = splitPixel(pixel, w.height, w.width);
  AffineExpr offsets[2] = {
      at[1] + w.padding[0] - tap.floorDiv(w.windowWidth) * w.dilation[0],
      at[2] + w.padding[1] - (tap % w.windowWidth) * w.dilation[1]};
  SmallVector<AffineExpr, 4> indices{at[0]};
  for (int axis : {0, 1}) {
    indices.push_back(offsets[axis].floorDiv(w.strides[axis]));
    if (w.strides[axis] > 1)
      conditions.push_back(offsets[axis] % w.strides[axis]);
  }
  return indices;
}

static IntegerSet allZero(unsigned dims, ArrayRef<AffineExpr> conditions) {
  if (conditions.empty())
    return {};
  return IntegerSet::get(dims, 0, conditions,
                         SmallVector<bool>(conditions.size(), true));
}

/// `view` of matrices, one a group where there are several, at `indices` and
/// `channel`, both functions of the last two dimensions; the channel is one of
/// `channels` in its group.
static Value buildGroupedView(OpBuilder &builder, Location loc, Value value,
                              int64_t rows, int64_t columns, int64_t groups,
                              int64_t channels, ArrayRef<AffineExpr> indices,
                              AffineExpr channel, IntegerSet condition) {
  SmallVector<AffineExpr> exprs(indices);
  exprs.push_back(channel);
  if (groups == 1)
    return buildAffineView(builder, loc, value, {rows, columns},
                           AffineMap::get(2, 0, exprs, builder.getContext()),
                           condition);
  AffineExpr group, row, column;
  bindDims(builder.getContext(), group, row, column);
  auto map = AffineMap::get(2, 0, exprs, builder.getContext())
                 .replaceDimsAndSymbols({row, column}, {}, 3, 0);
  exprs.assign(map.getResults().begin(), map.getResults().end());
  exprs.back() = group * channels + exprs.back();
  if (condition)
    condition = condition.replaceDimsAndSymbols({row, column}, {}, 3, 0);
  return buildAffineView(builder, loc, value, {groups, rows, columns},
                         AffineMap::get(3, 0, exprs, builder.getContext()),
                         condition);
}

Value mlir::auxact::buildWindowMatrix(OpBuilder &builder, Location loc,
                                      Value image, const Windows &w,
                                      int64_t groups) {
  if (w.isPointwise() && groups == 1)
    return buildAsMatrix(builder, loc, image);
  AffineExpr pixel, column;
  bindDims(builder.getContext(), pixel, column);
  int64_t channels = w.channels / groups;
  // Few channels are no vector: a row of the window, which lies together, is.
  constexpr int64_t fewChannels = 16;
  if (groups == 1 && channels < fewChannels && w.dilation[1] == 1) {
    int64_t size = w.windowWidth * channels;
    auto type = cast<RankedTensorType>(image.getType());
    Value rows = ReshapeOp::create(
        builder, loc,
        RankedTensorType::get({w.batch, w.height, w.width * channels},
                              type.getElementType()),
        image, StringAttr());
    auto at = locateTap(pixel, column.floorDiv(size) * w.windowWidth, w);
    at[2] = at[2] * channels + column % size;
    return buildAffineView(builder, loc, rows,
                           {w.outPixels(), w.taps() * channels},
                           AffineMap::get(2, 0, at, builder.getContext()));
  }
  return buildGroupedView(builder, loc, image, w.outPixels(),
                          w.taps() * channels, groups, channels,
                          locateTap(pixel, column.floorDiv(channels), w),
                          column % channels, IntegerSet());
}

Value mlir::auxact::buildWindowTensor(OpBuilder &builder, Location loc,
                                      Value image, const Windows &w) {
  AffineExpr pixel, tap, channel;
  bindDims(builder.getContext(), pixel, tap, channel);
  auto indices = locateTap(pixel, tap, w);
  indices.push_back(channel);
  return buildAffineView(builder, loc, image,
                         {w.outPixels(), w.taps(), w.channels},
                         AffineMap::get(3, 0, indices, builder.getContext()));
}

Value mlir::auxact::buildInsideMatrix(OpBuilder &builder, Location loc,
                                      const Windows &w, Type element) {
  auto type = RankedTensorType::get({w.batch, w.height, w.width}, element);
  Value ones = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, builder.getOneAttr(element)));
  AffineExpr pixel, tap;
  bindDims(builder.getContext(), pixel, tap);
  return buildAffineView(
      builder, loc, ones, {w.outPixels(), w.taps()},
      AffineMap::get(2, 0, locateTap(pixel, tap, w), builder.getContext()));
}

Value mlir::auxact::buildWindowMask(OpBuilder &builder, Location loc,
                                    const Windows &w) {
  auto type =
      RankedTensorType::get({w.batch, w.height, w.width}, builder.getI1Type());
  Value all = arith::ConstantOp::create(builder, loc,
                                        DenseElementsAttr::get(type, true));
  AffineExpr pixel, tap;
  bindDims(builder.getContext(), pixel, tap);
  return buildAffineView(
      builder, loc, all, {w.outPixels(), w.taps(), w.channels},
      AffineMap::get(3, 0, locateTap(pixel, tap, w), builder.getContext()));
}

Value mlir::auxact::buildReverseWindowMatrix(OpBuilder &builder, Location loc,
                                             Value output, const Windows &w,
                                             int64_t groups) {
  if (w.isPointwise() && groups == 1)
    return buildAsMatrix(builder, loc, output);
  int64_t channels =
      cast<RankedTensorType>(output.getType()).getShape().back() / groups;
  AffineExpr pixel, column;
  bindDims(builder.getContext(), pixel, column);
  SmallVector<AffineExpr> conditions;
  auto indices = locateWindow(pixel, column.floorDiv(channels), w, conditions);
  return buildGroupedView(builder, loc, output, w.inPixels(),
                          w.taps() * channels, groups, channels, indices,
                          column % channels, allZero(2, conditions));
}

Value mlir::auxact::buildReverseWindowTensor(OpBuilder &builder, Location loc,
                                             Value output, const Windows &w) {
  int64_t channels = cast<RankedTensorType>(output.getType()).getShape().back();
  AffineExpr pixel, tap, channel;
  bindDims(builder.getContext(), pixel, tap, channel);
  SmallVector<AffineExpr> conditions;
  auto indices = locateWindow(pixel, tap, w, conditions);
  indices.push_back(channel);
  return buildAffineView(builder, loc, output,
                         {w.inPixels(), w.taps(), channels},
                         AffineMap::get(3, 0, indices, builder.getContext()),
                         allZero(3, conditions));
}
