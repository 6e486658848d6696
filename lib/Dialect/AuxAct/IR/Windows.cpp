//===- Windows.cpp - Windows of images as affine views --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/Windows.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

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

Value mlir::auxact::buildWindowMatrix(OpBuilder &builder, Location loc,
                                      Value image, const Windows &w) {
  if (w.isPointwise())
    return buildAsMatrix(builder, loc, image);
  AffineExpr pixel, column;
  bindDims(builder.getContext(), pixel, column);
  auto at = splitPixel(pixel, w.outHeight(), w.outWidth());
  AffineExpr tap = column.floorDiv(w.channels);
  AffineExpr row = at[1] * w.strides[0] +
                   tap.floorDiv(w.windowWidth) * w.dilation[0] - w.padding[0];
  AffineExpr col = at[2] * w.strides[1] +
                   (tap % w.windowWidth) * w.dilation[1] - w.padding[1];
  auto map = AffineMap::get(2, 0, {at[0], row, col, column % w.channels},
                            builder.getContext());
  return buildAffineView(builder, loc, image,
                         {w.outPixels(), w.taps() * w.channels}, map);
}

Value mlir::auxact::buildReverseWindowMatrix(OpBuilder &builder, Location loc,
                                             Value output, const Windows &w) {
  if (w.isPointwise())
    return buildAsMatrix(builder, loc, output);
  int64_t channels = cast<RankedTensorType>(output.getType()).getShape().back();
  AffineExpr pixel, column;
  bindDims(builder.getContext(), pixel, column);
  auto at = splitPixel(pixel, w.height, w.width);
  AffineExpr tap = column.floorDiv(channels);
  AffineExpr offsets[2] = {
      at[1] + w.padding[0] - tap.floorDiv(w.windowWidth) * w.dilation[0],
      at[2] + w.padding[1] - (tap % w.windowWidth) * w.dilation[1]};
  SmallVector<AffineExpr> indices{at[0]}, conditions;
  for (int axis : {0, 1}) {
    indices.push_back(offsets[axis].floorDiv(w.strides[axis]));
    if (w.strides[axis] > 1)
      conditions.push_back(offsets[axis] % w.strides[axis]);
  }
  indices.push_back(column % channels);
  IntegerSet condition;
  if (!conditions.empty())
    condition = IntegerSet::get(2, 0, conditions,
                                SmallVector<bool>(conditions.size(), true));
  auto map = AffineMap::get(2, 0, indices, builder.getContext());
  return buildAffineView(builder, loc, output,
                         {w.inPixels(), w.taps() * channels}, map, condition);
}
