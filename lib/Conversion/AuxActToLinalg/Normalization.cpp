//===- Normalization.cpp - Normalisations to linalg -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/Moments.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static Value buildLike(OpBuilder &builder, Location loc, Value value,
                       Type type) {
  if (value.getType() == type)
    return value;
  return ReshapeOp::create(builder, loc, type, value, StringAttr());
}

/// old + momentum * (factor * batch - old)
static Value buildRunning(OpBuilder &builder, Location loc, Value old,
                          Value batch, double momentum, double factor) {
  return buildElementwise(
      builder, loc, asTensor(old), {old, batch},
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Type type = args[0].getType();
        Value kept = arith::MulFOp::create(
            b, l, args[0], floatConstant(b, l, type, 1.0 - momentum));
        Value added = arith::MulFOp::create(
            b, l, args[1], floatConstant(b, l, type, momentum * factor));
        return arith::AddFOp::create(b, l, kept, added);
      });
}

namespace {

struct ConvertBatchNorm : OpConversionPattern<BatchNormOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(BatchNormOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value x = buildAsMatrix(rewriter, loc, adaptor.getInput());
    double rows = double(asTensor(x).getDimSize(0));
    // Not in the verifier: evaluation takes a single row.
    if (rows < 2)
      return op.emitOpError()
             << "expects more than one value a feature to normalise over in "
                "training, but its input is "
             << op.getInput().getType();
    double momentum = op.getMomentum().convertToDouble();
    Moments moments = buildColumnMoments(rewriter, loc, x);
    Value reciprocal = buildReciprocalDeviation(
        rewriter, loc, moments.variance, op.getEpsilon().convertToDouble());
    Value result = buildNormalize(rewriter, loc, x, {moments.mean, reciprocal},
                                  adaptor.getWeight(), adaptor.getBias());
    Value mean = buildRunning(rewriter, loc, adaptor.getRunningMean(),
                              moments.mean, momentum, 1.0);
    // The running variance is that of a sample, without bias.
    Value variance =
        buildRunning(rewriter, loc, adaptor.getRunningVariance(),
                     moments.variance, momentum, rows / (rows - 1.0));
    rewriter.replaceOp(
        op, {buildLike(rewriter, loc, result, op.getResult().getType()), mean,
             variance});
    return success();
  }
};

struct ConvertLayerNorm : OpConversionPattern<LayerNormOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(LayerNormOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value x = buildAsMatrix(rewriter, loc, adaptor.getInput());
    Moments moments = buildRowMoments(rewriter, loc, x);
    Value reciprocal = buildReciprocalDeviation(
        rewriter, loc, moments.variance, op.getEpsilon().convertToDouble());
    Value result = buildNormalize(rewriter, loc, x,
                                  {moments.mean, reciprocal, Statistic::OfRow},
                                  adaptor.getWeight(), adaptor.getBias());
    rewriter.replaceOp(op, buildLike(rewriter, loc, result, op.getType()));
    return success();
  }
};

struct ConvertRmsNorm : OpConversionPattern<RmsNormOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(RmsNormOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value x = buildAsMatrix(rewriter, loc, adaptor.getInput());
    Value reciprocal = buildReciprocalDeviation(
        rewriter, loc, buildRowMeanSquare(rewriter, loc, x),
        op.getEpsilon().convertToDouble());
    Value result = buildNormalize(rewriter, loc, x,
                                  {Value(), reciprocal, Statistic::OfRow},
                                  adaptor.getWeight(), Value());
    rewriter.replaceOp(op, buildLike(rewriter, loc, result, op.getType()));
    return success();
  }
};

struct ConvertGroupNorm : OpConversionPattern<GroupNormOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(GroupNormOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = asTensor(adaptor.getInput());
    int64_t samples = type.getDimSize(0), channels = type.getShape().back();
    Value x = buildLike(
        rewriter, loc, adaptor.getInput(),
        RankedTensorType::get(
            {samples, type.getNumElements() / (samples * channels), channels},
            type.getElementType()));
    Moments moments = buildGroupMoments(rewriter, loc, x, op.getGroups());
    Value reciprocal = buildReciprocalDeviation(
        rewriter, loc, moments.variance, op.getEpsilon().convertToDouble());
    Normalizer by{
        buildOfColumns(rewriter, loc, moments.mean, samples, channels),
        buildOfColumns(rewriter, loc, reciprocal, samples, channels),
        Statistic::OfSampleColumn};
    Value result = buildNormalize(rewriter, loc, x, by, adaptor.getWeight(),
                                  adaptor.getBias());
    rewriter.replaceOp(op, buildLike(rewriter, loc, result, op.getType()));
    return success();
  }
};

} // namespace

void mlir::auxact::populateNormalizationToLinalgPatterns(
    TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertBatchNorm, ConvertGroupNorm, ConvertLayerNorm,
               ConvertRmsNorm>(converter, patterns.getContext());
}
