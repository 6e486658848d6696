//===- PoolingOps.cpp - Pooling over windows ------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/IR/Windows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

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

static Value first(OpBuilder &, Location, ValueRange args) { return args[0]; }

static Windows makeWindows(ArrayRef<int64_t> image, ArrayRef<int64_t> window,
                           ArrayRef<int64_t> stride,
                           ArrayRef<int64_t> padding) {
  return {image[0],
          image[1],
          image[2],
          image[3],
          window[0],
          window[1],
          {stride[0], stride[1]},
          {padding[0], padding[1]},
          {1, 1}};
}

template <typename Adaptor>
static LogicalResult inferPooled(Adaptor adaptor, ValueRange operands,
                                 SmallVectorImpl<Type> &types) {
  auto input = dyn_cast<RankedTensorType>(operands[0].getType());
  if (!input || input.getRank() != 4)
    return failure();
  for (ArrayRef<int64_t> pair :
       {adaptor.getWindow(), adaptor.getStride(), adaptor.getPadding()})
    if (pair.size() != 2)
      return failure();
  if (llvm::is_contained(adaptor.getStride(), 0))
    return failure();
  Windows windows = makeWindows(input.getShape(), adaptor.getWindow(),
                                adaptor.getStride(), adaptor.getPadding());
  types.push_back(RankedTensorType::get({windows.batch, windows.outHeight(),
                                         windows.outWidth(), windows.channels},
                                        input.getElementType()));
  return success();
}

template <typename PoolOp>
static LogicalResult verifyPooling(PoolOp op) {
  RankedTensorType input = asTensor(op.getInput());
  if (input.getRank() != 4)
    return op.emitOpError() << "expects an input of four dimensions (batch, "
                               "height, width, channels), but it is "
                            << input;
  Windows windows = op.getWindows();
  for (int axis : {0, 1})
    if (op.getWindow()[axis] < 1 ||
        2 * windows.padding[axis] > op.getWindow()[axis])
      return op.emitOpError()
             << "expects a padding of at most half the window, but they are ["
             << op.getPadding() << "] and [" << op.getWindow() << "]";
  return windows.verify(op);
}

//===----------------------------------------------------------------------===//
// max_pool2d
//===----------------------------------------------------------------------===//

Windows MaxPool2dOp::getWindows() {
  return makeWindows(asTensor(getInput()).getShape(), getWindow(), getStride(),
                     getPadding());
}

LogicalResult
MaxPool2dOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                              ValueRange operands, DictionaryAttr attributes,
                              OpaqueProperties properties, RegionRange regions,
                              SmallVectorImpl<Type> &types) {
  return inferPooled(Adaptor(operands, attributes, properties, regions),
                     operands, types);
}

LogicalResult MaxPool2dOp::verify() { return verifyPooling(*this); }

/// The greatest of taps - t over the taps t that hold the result and exist.
static Value buildCountdown(OpBuilder &builder, Location loc, Value image,
                            Value result, const Windows &windows) {
  Value seen = buildWindowTensor(builder, loc, image, windows);
  Value mask = buildWindowMask(builder, loc, windows);
  Type element = asTensor(image).getElementType();
  return buildReduction(
      builder, loc, {seen, buildAsMatrix(builder, loc, result), mask},
      /*dim=*/1, ReductionKind::Maximum,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value tap = linalg::IndexOp::create(b, l, 1);
        tap = arith::IndexCastOp::create(b, l, b.getI32Type(), tap);
        Value left = arith::SubFOp::create(
            b, l, floatConstant(b, l, element, double(windows.taps())),
            arith::SIToFPOp::create(b, l, element, tap));
        Value holds = arith::CmpFOp::create(b, l, arith::CmpFPredicate::OEQ,
                                            args[0], args[1]);
        holds = arith::AndIOp::create(b, l, holds, args[2]);
        return arith::SelectOp::create(b, l, holds, left,
                                       floatConstant(b, l, element, 0.0));
      });
}

/// In what the number of a tap is kept: four bits where they do.
static IntegerType getTapType(Builder &builder, const Windows &windows) {
  return builder.getIntegerType(windows.taps() <= 16 ? 4 : 8);
}

/// The number of the tap that each result came from.
void MaxPool2dOp::buildResiduals(OpBuilder &builder,
                                 SmallVectorImpl<Value> &residuals) {
  Windows windows = getWindows();
  IntegerType type = getTapType(builder, windows);
  Value countdown =
      buildCountdown(builder, getLoc(), getInput(), getResult(), windows);
  ArrayRef<int64_t> shape = asTensor(countdown).getShape();
  Value numbers = buildElementwise(
      builder, getLoc(), RankedTensorType::get(shape, type), countdown,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value number = arith::FPToSIOp::create(b, l, b.getI32Type(), args[0]);
        Value taps =
            arith::ConstantIntOp::create(b, l, b.getI32Type(), windows.taps());
        number = arith::SubIOp::create(b, l, taps, number);
        return arith::TruncIOp::create(b, l, type, number);
      });
  if (type.getWidth() < 8)
    numbers = PackBitsOp::create(
        builder, getLoc(),
        getPackedBitsType(getContext(), shape, type.getWidth()), numbers);
  residuals.push_back(numbers);
}

/// Each pixel gets the gradients of the windows whose greatest element it is.
LogicalResult
MaxPool2dOp::buildInputGradients(OpBuilder &builder, ValueRange residuals,
                                 ValueRange resultGradients, const BitVector &,
                                 MutableArrayRef<Value> gradients) {
  Windows windows = getWindows();
  ArrayRef<int64_t> pooled = asTensor(getResult()).getShape();
  Value delta =
      buildReverseWindowTensor(builder, getLoc(), resultGradients[0], windows);
  Value kept = residuals[0];
  if (IntegerType type = getTapType(builder, windows); type.getWidth() < 8)
    kept = UnpackBitsOp::create(
        builder, getLoc(),
        RankedTensorType::get({windows.outPixels(), windows.channels}, type),
        kept);
  Value numbers = buildReverseWindowTensor(
      builder, getLoc(), buildReshape(builder, getLoc(), kept, pooled),
      windows);
  Value sum = buildReduction(
      builder, getLoc(), {delta, numbers}, /*dim=*/1, ReductionKind::Add,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value tap = linalg::IndexOp::create(b, l, 1);
        tap = arith::IndexCastOp::create(b, l, b.getI32Type(), tap);
        Value number = arith::ExtUIOp::create(b, l, b.getI32Type(), args[1]);
        Value hit =
            arith::CmpIOp::create(b, l, arith::CmpIPredicate::eq, number, tap);
        return arith::SelectOp::create(
            b, l, hit, args[0], floatConstant(b, l, args[0].getType(), 0.0));
      });
  gradients[0] =
      buildReshape(builder, getLoc(), sum, asTensor(getInput()).getShape());
  return success();
}

//===----------------------------------------------------------------------===//
// avg_pool2d
//===----------------------------------------------------------------------===//

Windows AvgPool2dOp::getWindows() {
  return makeWindows(asTensor(getInput()).getShape(), getWindow(), getStride(),
                     getPadding());
}

LogicalResult
AvgPool2dOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                              ValueRange operands, DictionaryAttr attributes,
                              OpaqueProperties properties, RegionRange regions,
                              SmallVectorImpl<Type> &types) {
  return inferPooled(Adaptor(operands, attributes, properties, regions),
                     operands, types);
}

LogicalResult AvgPool2dOp::verify() { return verifyPooling(*this); }

LogicalResult
AvgPool2dOp::buildInputGradients(OpBuilder &builder, ValueRange,
                                 ValueRange resultGradients, const BitVector &,
                                 MutableArrayRef<Value> gradients) {
  Windows windows = getWindows();
  Value sum = buildReduction(
      builder, getLoc(),
      buildReverseWindowTensor(builder, getLoc(), resultGradients[0], windows),
      /*dim=*/1, ReductionKind::Add, first);
  Value share = buildScalarConstant(
      builder, getLoc(), asTensor(sum).getElementType(), 1.0 / windows.taps());
  gradients[0] =
      buildReshape(builder, getLoc(), buildScale(builder, getLoc(), sum, share),
                   asTensor(getInput()).getShape());
  return success();
}

//===----------------------------------------------------------------------===//
// global_avg_pool2d
//===----------------------------------------------------------------------===//

LogicalResult GlobalAvgPool2dOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
    OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  auto input = dyn_cast<RankedTensorType>(operands[0].getType());
  if (!input || input.getRank() != 4)
    return failure();
  types.push_back(RankedTensorType::get(
      {input.getDimSize(0), input.getDimSize(3)}, input.getElementType()));
  return success();
}

LogicalResult GlobalAvgPool2dOp::verify() {
  RankedTensorType input = asTensor(getInput());
  if (input.getRank() == 4)
    return success();
  return emitOpError() << "expects an input of four dimensions (batch, height, "
                          "width, channels), but it is "
                       << input;
}

/// Every pixel gets an equal share.
LogicalResult GlobalAvgPool2dOp::buildInputGradients(
    OpBuilder &builder, ValueRange, ValueRange resultGradients,
    const BitVector &, MutableArrayRef<Value> gradients) {
  ArrayRef<int64_t> shape = asTensor(getInput()).getShape();
  int64_t pixels = shape[1] * shape[2];
  Value delta = resultGradients[0];
  Value share = buildScalarConstant(
      builder, getLoc(), asTensor(delta).getElementType(), 1.0 / pixels);
  AffineExpr pixel, channel;
  bindDims(builder.getContext(), pixel, channel);
  Value spread = buildAffineView(
      builder, getLoc(), buildScale(builder, getLoc(), delta, share),
      {shape[0] * pixels, shape[3]},
      AffineMap::get(2, 0, {pixel.floorDiv(pixels), channel},
                     builder.getContext()));
  gradients[0] = buildReshape(builder, getLoc(), spread, shape);
  return success();
}
