//===- Windows.h - Windows of images as affine views ------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The geometry that convolutions and poolings share, and the views that they
// are made of. Pixels are batch x height x width, row-major; taps are the
// positions of a window, row-major.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_WINDOWS_H
#define AUXACT_DIALECT_AUXACT_IR_WINDOWS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"

namespace mlir::auxact {

struct Windows {
  /// The image: batch, height, width, channels.
  int64_t batch, height, width, channels;
  /// The window, and where it goes.
  int64_t windowHeight, windowWidth;
  int64_t strides[2], padding[2], dilation[2];

  int64_t outHeight() const { return outSize(height, windowHeight, 0); }
  int64_t outWidth() const { return outSize(width, windowWidth, 1); }
  /// Pixels of the image and of what comes out.
  int64_t inPixels() const { return batch * height * width; }
  int64_t outPixels() const { return batch * outHeight() * outWidth(); }
  int64_t taps() const { return windowHeight * windowWidth; }
  /// Whether each window is the pixel at the same place.
  bool isPointwise() const;

  /// Refuses what is no window, naming what is wrong with `op`.
  LogicalResult verify(Operation *op) const;

private:
  int64_t outSize(int64_t size, int64_t window, int axis) const {
    int64_t last = size + 2 * padding[axis] - dilation[axis] * (window - 1) - 1;
    return last < 0 ? 0 : last / strides[axis] + 1;
  }
};

/// `image` seen at each output pixel and tap: out pixels x (taps x channels).
/// With groups of channels, a matrix for each of them.
Value buildWindowMatrix(OpBuilder &builder, Location loc, Value image,
                        const Windows &windows, int64_t groups = 1);

/// What comes out, `channels` of it a pixel, seen from each pixel of the image
/// and each tap under which the pixel is read, and 0 where there is no such
/// window: image pixels x (taps x channels).
Value buildReverseWindowMatrix(OpBuilder &builder, Location loc, Value output,
                               const Windows &windows, int64_t groups = 1);

/// The same two as tensors of three dimensions: pixels x taps x channels.
Value buildWindowTensor(OpBuilder &builder, Location loc, Value image,
                        const Windows &windows);
Value buildReverseWindowTensor(OpBuilder &builder, Location loc, Value output,
                               const Windows &windows);

/// 1 where the image has a pixel under the tap, 0 elsewhere: out pixels x taps.
Value buildInsideMatrix(OpBuilder &builder, Location loc,
                        const Windows &windows, Type element);

/// The same as a predicate: out pixels x taps x channels.
Value buildWindowMask(OpBuilder &builder, Location loc, const Windows &windows);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_IR_WINDOWS_H
