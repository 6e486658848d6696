//===- Pooling.cpp - Pooling over windows to linalg -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Pooling over windows to linalg.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/IR/Windows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::auxact;

static Value first(OpBuilder &, Location, ValueRange args) { return args[0]; }

static Value buildMean(OpBuilder &builder, Location loc, Value sum,
                       int64_t count) {
  Type element = cast<RankedTensorType>(sum.getType()).getElementType();
  return buildScale(builder, loc, sum,
                    buildScalarConstant(builder, loc, element, 1.0 / count));
}

namespace {

/// %y = auxact.max_pool2d %x
/// ->
/// %v = auxact.affine_view %x at windows: pixels x taps x channels
/// %y = linalg.generic ins(%v) { maximumf over the taps }
///
/// Taps beyond the image are -infinity.
struct ConvertMaxPool2d : OpConversionPattern<MaxPool2dOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(MaxPool2dOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Windows windows = op.getWindows();
    SmallVector<Value> operands{
        buildWindowTensor(rewriter, loc, adaptor.getInput(), windows)};
    bool padded = windows.padding[0] > 0 || windows.padding[1] > 0;
    if (padded)
      operands.push_back(buildWindowMask(rewriter, loc, windows));
    Value greatest = buildReduction(
        rewriter, loc, operands, /*dim=*/1, ReductionKind::Maximum,
        [&](OpBuilder &b, Location l, ValueRange args) -> Value {
          if (!padded)
            return args[0];
          Value none = floatConstant(b, l, args[0].getType(),
                                     -std::numeric_limits<double>::infinity());
          return arith::SelectOp::create(b, l, args[1], args[0], none);
        });
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), greatest,
                                           StringAttr());
    return success();
  }
};

/// %y = auxact.avg_pool2d %x
/// ->
/// %v = auxact.affine_view %x at windows: pixels x taps x channels
/// %s = linalg.generic ins(%v) { addf over the taps }
/// %y = %s / taps
struct ConvertAvgPool2d : OpConversionPattern<AvgPool2dOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(AvgPool2dOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Windows windows = op.getWindows();
    Value sum = buildReduction(
        rewriter, loc,
        buildWindowTensor(rewriter, loc, adaptor.getInput(), windows),
        /*dim=*/1, ReductionKind::Add, first);
    rewriter.replaceOpWithNewOp<ReshapeOp>(
        op, op.getType(), buildMean(rewriter, loc, sum, windows.taps()),
        StringAttr());
    return success();
  }
};

/// %y = auxact.global_avg_pool2d %x
/// ->
/// %s = linalg.generic ins(%x) { addf over the pixels }
/// %y = %s / pixels
struct ConvertGlobalAvgPool2d : OpConversionPattern<GlobalAvgPool2dOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(GlobalAvgPool2dOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getInput().getType());
    int64_t pixels = type.getDimSize(1) * type.getDimSize(2);
    Value image = ReshapeOp::create(
        rewriter, loc,
        RankedTensorType::get({type.getDimSize(0), pixels, type.getDimSize(3)},
                              type.getElementType()),
        adaptor.getInput(), StringAttr());
    Value sum = buildReduction(rewriter, loc, image, /*dim=*/1,
                               ReductionKind::Add, first);
    rewriter.replaceOp(op, buildMean(rewriter, loc, sum, pixels));
    return success();
  }
};

} // namespace

void mlir::auxact::populatePoolingToLinalgPatterns(
    TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertMaxPool2d, ConvertAvgPool2d, ConvertGlobalAvgPool2d>(
      converter, patterns.getContext());
}
