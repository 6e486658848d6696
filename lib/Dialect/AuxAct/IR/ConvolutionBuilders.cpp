//===- ConvolutionBuilders.cpp - Convolutions as contractions -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/ConvolutionBuilders.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static Value buildReshape(OpBuilder &builder, Location loc, Value value,
                          ArrayRef<int64_t> shape) {
  return ReshapeOp::create(
      builder, loc,
      RankedTensorType::get(shape, asTensor(value).getElementType()), value,
      StringAttr());
}

static Value product(OpBuilder &b, Location loc, ValueRange args) {
  return arith::MulFOp::create(b, loc, args[0], args[1]);
}

namespace {

/// One convolution: what its builders share.
class Convolution {
public:
  Convolution(OpBuilder &builder, Location loc, ArrayRef<int64_t> weightShape,
              const Windows &windows)
      : b(builder), loc(loc), w(windows), weightShape(weightShape),
        out(weightShape[0]), in(weightShape[3]),
        groups(windows.channels / weightShape[3]) {}

  bool isDepthwise() const { return in == 1 && out == groups && groups > 1; }

  Value forward(Value image, Value weight);
  Value weightGradient(Value delta, Value image);
  Value uniformWeightGradient(Value delta, Value mean);
  Value imageGradient(Value delta, Value weight);

private:
  Value view(Value value, ArrayRef<int64_t> shape, ArrayRef<AffineExpr> at) {
    return buildAffineView(b, loc, value, shape,
                           AffineMap::get(shape.size(), 0, at, b.getContext()));
  }
  AffineExpr dim(unsigned i) { return b.getAffineDimExpr(i); }

  /// The weight as (group,) filters x (taps x channels).
  Value filters(Value weight) {
    SmallVector<int64_t> shape{out / groups, w.taps() * in};
    if (groups > 1)
      shape.insert(shape.begin(), groups);
    return buildReshape(b, loc, weight, shape);
  }
  /// Groups x pixels x (channels / groups) as pixels x channels.
  Value mergeGroups(Value value) {
    ArrayRef<int64_t> shape = asTensor(value).getShape();
    int64_t size = shape[2];
    return view(value, {shape[1], shape[0] * size},
                {dim(1).floorDiv(size), dim(0), dim(1) % size});
  }
  /// The weight of a depthwise convolution at pixels x taps x channels, whose
  /// lanes are channels: a copy of it has these last.
  Value depthwiseWeight(Value weight, int64_t pixels) {
    Value copy = view(buildReshape(b, loc, weight, {out, w.taps()}),
                      {w.taps(), out}, {dim(1), dim(0)});
    return view(copy, {pixels, w.taps(), out}, {dim(1), dim(2)});
  }
  Value sumOverTaps(Value left, Value right) {
    return buildReduction(b, loc, {left, right}, /*dim=*/1, ReductionKind::Add,
                          product);
  }
  /// W as (group,) (taps x out) x in: what windows of delta are multiplied by.
  Value reverseWeight(Value weight);
  /// The image's gradient where the stride skips pixels.
  Value phasedImageGradient(Value delta, Value weight);
  /// For each filter and tap the sum of delta over the pixels where the tap is
  /// in the image.
  Value sumWhereInside(Value delta);

  OpBuilder &b;
  Location loc;
  const Windows &w;
  ArrayRef<int64_t> weightShape;
  /// Of a group: `in` channels.
  int64_t out, in, groups;
};

} // namespace

Value Convolution::forward(Value image, Value weight) {
  if (isDepthwise())
    return sumOverTaps(buildWindowTensor(b, loc, image, w),
                       depthwiseWeight(weight, w.outPixels()));
  if (groups > 1)
    return mergeGroups(buildBatchContraction(
        b, loc, buildWindowMatrix(b, loc, image, w, groups),
        /*lhsTransposed=*/false, filters(weight), /*rhsTransposed=*/true));
  return buildContraction(b, loc, buildWindowMatrix(b, loc, image, w),
                          /*lhsTransposed=*/false, filters(weight),
                          /*rhsTransposed=*/true);
}

Value Convolution::weightGradient(Value delta, Value image) {
  delta = buildAsMatrix(b, loc, delta);
  int64_t pixels = w.outPixels();
  if (isDepthwise()) {
    Value windows = buildWindowMatrix(b, loc, image, w);
    Value spread =
        view(delta, {pixels, w.taps() * out}, {dim(0), dim(1) % out});
    Value sum = buildReduction(b, loc, {windows, spread}, /*dim=*/0,
                               ReductionKind::Add, product);
    sum = view(buildReshape(b, loc, sum, {w.taps(), out}), {out, w.taps()},
               {dim(1), dim(0)});
    return buildReshape(b, loc, sum, weightShape);
  }
  Value gradient;
  if (groups > 1) {
    int64_t size = out / groups;
    Value split =
        view(delta, {groups, pixels, size}, {dim(1), dim(0) * size + dim(2)});
    gradient = buildBatchContraction(
        b, loc, split, /*lhsTransposed=*/true,
        buildWindowMatrix(b, loc, image, w, groups), /*rhsTransposed=*/false);
  } else {
    gradient = buildContraction(b, loc, delta, /*lhsTransposed=*/true,
                                buildWindowMatrix(b, loc, image, w),
                                /*rhsTransposed=*/false);
  }
  return buildReshape(b, loc, gradient, weightShape);
}

Value Convolution::sumWhereInside(Value delta) {
  delta = buildAsMatrix(b, loc, delta);
  if (w.padding[0] > 0 || w.padding[1] > 0) {
    Value inside = buildContraction(
        b, loc, delta, /*lhsTransposed=*/true,
        buildInsideMatrix(b, loc, w, asTensor(delta).getElementType()),
        /*rhsTransposed=*/false);
    return buildReshape(b, loc, inside, {out * w.taps()});
  }
  Value sum = buildReduction(
      b, loc, delta, /*dim=*/0, ReductionKind::Add,
      [](OpBuilder &, Location, ValueRange args) { return args[0]; });
  if (w.taps() == 1)
    return sum;
  return view(sum, {out * w.taps()}, {dim(0).floorDiv(w.taps())});
}

/// Sums of delta times the mean: an outer product, as rows (filter and tap) and
/// channels.
Value Convolution::uniformWeightGradient(Value delta, Value mean) {
  Value sums = sumWhereInside(delta);
  if (groups == 1)
    return buildReshape(b, loc, buildOuterProduct(b, loc, sums, mean),
                        weightShape);
  AffineExpr group = dim(0).floorDiv(w.taps() * (out / groups));
  Value means = view(mean, {out * w.taps(), in}, {group * in + dim(1)});
  Value gradient =
      buildElementwise(b, loc, asTensor(means), {means, sums}, product,
                       /*broadcastTrailing=*/true);
  return buildReshape(b, loc, gradient, weightShape);
}

Value Convolution::reverseWeight(Value weight) {
  int64_t size = out / groups, width = w.windowWidth;
  bool batched = groups > 1;
  AffineExpr row = dim(batched), channel = dim(batched + 1);
  AffineExpr tap = row.floorDiv(size), filter = row % size;
  SmallVector<int64_t> shape{w.taps() * size, in};
  if (batched) {
    filter = dim(0) * size + filter;
    shape.insert(shape.begin(), groups);
  }
  return view(weight, shape,
              {filter, tap.floorDiv(width), tap % width, channel});
}

/// Pixels whose places are equal modulo the strides are a phase: only every
/// stride-th tap reaches them, from windows that follow each other. So each
/// phase is a product of its own, of (pixels / phases) x (some taps x out) and
/// (some taps x out) x in, and no factor is zero because of the stride; but
/// where taps are no multiple of the stride, some phases have a tap too many,
/// of weight 0.
Value Convolution::phasedImageGradient(Value delta, Value weight) {
  int64_t rows = llvm::divideCeil(w.height, w.strides[0]);
  int64_t columns = llvm::divideCeil(w.width, w.strides[1]);
  int64_t tapRows = llvm::divideCeil(w.windowHeight, w.strides[0]);
  int64_t tapColumns = llvm::divideCeil(w.windowWidth, w.strides[1]);
  int64_t phases = w.strides[0] * w.strides[1];
  int64_t depth = tapRows * tapColumns * out;
  // Of a phase: the place of its first pixel, and of that the padding.
  AffineExpr shifted[2] = {
      dim(0).floorDiv(w.strides[1]) + w.padding[0],
      dim(0) % w.strides[1] + w.padding[1],
  };
  auto tapsOf = [&](AffineExpr k) {
    AffineExpr tap = k.floorDiv(out);
    return std::make_pair(tap.floorDiv(tapColumns), tap % tapColumns);
  };
  auto [deltaRow, deltaColumn] = tapsOf(dim(2));
  Value windows = view(
      buildReshape(b, loc, delta, {w.batch, w.outHeight(), w.outWidth(), out}),
      {phases, w.batch * rows * columns, depth},
      {dim(1).floorDiv(rows * columns),
       dim(1).floorDiv(columns) % rows + shifted[0].floorDiv(w.strides[0]) -
           deltaRow,
       dim(1) % columns + shifted[1].floorDiv(w.strides[1]) - deltaColumn,
       dim(2) % out});
  auto [weightRow, weightColumn] = tapsOf(dim(1));
  Value filters =
      view(weight, {phases, depth, in},
           {dim(1) % out, shifted[0] % w.strides[0] + weightRow * w.strides[0],
            shifted[1] % w.strides[1] + weightColumn * w.strides[1], dim(2)});
  Value parts = buildBatchContraction(b, loc, windows, /*lhsTransposed=*/false,
                                      filters, /*rhsTransposed=*/false);
  AffineExpr image = dim(0).floorDiv(w.height * w.width);
  AffineExpr row = dim(0).floorDiv(w.width) % w.height;
  AffineExpr column = dim(0) % w.width;
  return view(parts, {w.inPixels(), in},
              {(row % w.strides[0]) * w.strides[1] + column % w.strides[1],
               (image * rows + row.floorDiv(w.strides[0])) * columns +
                   column.floorDiv(w.strides[1]),
               dim(1)});
}

/// Windows of delta times W; where the window is one pixel, delta times W, put
/// where the pixels are.
Value Convolution::imageGradient(Value delta, Value weight) {
  if (isDepthwise())
    return sumOverTaps(buildReverseWindowTensor(b, loc, delta, w),
                       depthwiseWeight(weight, w.inPixels()));
  if (groups > 1)
    return mergeGroups(buildBatchContraction(
        b, loc, buildReverseWindowMatrix(b, loc, delta, w, groups),
        /*lhsTransposed=*/false, reverseWeight(weight),
        /*rhsTransposed=*/false));
  bool isStrided = w.strides[0] > 1 || w.strides[1] > 1;
  if (w.taps() > 1 && isStrided && w.dilation[0] == 1 && w.dilation[1] == 1)
    return phasedImageGradient(delta, weight);
  if (w.taps() > 1)
    return buildContraction(b, loc, buildReverseWindowMatrix(b, loc, delta, w),
                            /*lhsTransposed=*/false, reverseWeight(weight),
                            /*rhsTransposed=*/false);
  Value image = buildContraction(
      b, loc, buildAsMatrix(b, loc, delta), /*lhsTransposed=*/false,
      buildReshape(b, loc, weight, {out, in}), /*rhsTransposed=*/false);
  return buildReverseWindowMatrix(
      b, loc,
      buildReshape(b, loc, image, {w.batch, w.outHeight(), w.outWidth(), in}),
      w);
}

Value mlir::auxact::buildConvolution(OpBuilder &builder, Location loc,
                                     Value image, Value weight,
                                     const Windows &windows) {
  return Convolution(builder, loc, asTensor(weight).getShape(), windows)
      .forward(image, weight);
}

Value mlir::auxact::buildConvolutionWeightGradient(
    OpBuilder &builder, Location loc, Value delta, Value image,
    ArrayRef<int64_t> weightShape, const Windows &windows) {
  return Convolution(builder, loc, weightShape, windows)
      .weightGradient(delta, image);
}

Value mlir::auxact::buildUniformWeightGradient(OpBuilder &builder, Location loc,
                                               Value delta, Value mean,
                                               ArrayRef<int64_t> weightShape,
                                               const Windows &windows) {
  return Convolution(builder, loc, weightShape, windows)
      .uniformWeightGradient(delta, mean);
}

Value mlir::auxact::buildConvolutionImageGradient(OpBuilder &builder,
                                                  Location loc, Value delta,
                                                  Value weight,
                                                  const Windows &windows) {
  return Convolution(builder, loc, asTensor(weight).getShape(), windows)
      .imageGradient(delta, weight);
}
