//===- ConvolutionBuilders.h - Convolutions as contractions -----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The three products of a convolution. A weight is out x height x width x
// (in / groups); images are batch x height x width x channels, or pixels x
// channels. Without groups they are contractions of views; where every channel
// is a group of its own, reductions over the taps; else a batch of
// contractions.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_CONVOLUTIONBUILDERS_H
#define AUXACT_DIALECT_AUXACT_IR_CONVOLUTIONBUILDERS_H

#include "auxact/Dialect/AuxAct/IR/Windows.h"

namespace mlir::auxact {

/// The image convolved with the weight: out pixels x out.
Value buildConvolution(OpBuilder &builder, Location loc, Value image,
                       Value weight, const Windows &windows);

/// delta times the windows of `image`, in the shape of a weight.
Value buildConvolutionWeightGradient(OpBuilder &builder, Location loc,
                                     Value delta, Value image,
                                     ArrayRef<int64_t> weightShape,
                                     const Windows &windows);

/// The same for an image that is the vector `mean` (channels) at every pixel.
Value buildUniformWeightGradient(OpBuilder &builder, Location loc, Value delta,
                                 Value mean, ArrayRef<int64_t> weightShape,
                                 const Windows &windows);

/// The gradient of the image: pixels x channels.
Value buildConvolutionImageGradient(OpBuilder &builder, Location loc,
                                    Value delta, Value weight,
                                    const Windows &windows);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_IR_CONVOLUTIONBUILDERS_H
