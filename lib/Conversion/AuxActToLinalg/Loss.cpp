//===- Loss.cpp - Losses to linalg ----------------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Losses to linalg.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static Value identity(OpBuilder &, Location, ValueRange args) {
  return args.front();
}

static Value buildReshape(OpBuilder &builder, Location loc, Value value,
                          ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, asTensor(value).getElementType());
  return ReshapeOp::create(builder, loc, type, value, StringAttr());
}

/// `sum` over `count` elements, as a mean.
static Value buildMean(OpBuilder &builder, Location loc, Value sum,
                       int64_t count) {
  return buildScale(builder, loc, sum,
                    buildScalarConstant(builder, loc,
                                        asTensor(sum).getElementType(),
                                        1.0 / double(count)));
}

/// `sum` over the rows whose label counts, as a mean.
static Value buildMeanOfCounted(OpBuilder &builder, Location loc, Value sum,
                                IntegerAttr ignored, Value labels) {
  Value count =
      CountLabelsOp::create(builder, loc, asTensor(sum), labels, ignored);
  return buildElementwise(
      builder, loc, asTensor(sum), {sum, count},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        return arith::DivFOp::create(b, l, args[0], args[1]);
      });
}

namespace {

/// %n = auxact.count_labels %y
/// ->
/// %c = linalg.generic ins(%y) { 0 where it is ignored, else 1 }
/// %s = sum of %c
/// %n = linalg.generic ins(%s) { arith.maximumf %in, 1 }
struct ConvertCountLabels : OpConversionPattern<CountLabelsOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(CountLabelsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = asTensor(op.getResult());
    int64_t rows = asTensor(adaptor.getLabels()).getNumElements();
    Value counts = buildElementwise(
        rewriter, loc, RankedTensorType::get({rows}, type.getElementType()),
        buildReshape(rewriter, loc, adaptor.getLabels(), {rows}),
        [&](OpBuilder &b, Location l, ValueRange args) -> Value {
          Type f = type.getElementType();
          return arith::SelectOp::create(
              b, l, buildIsInteger(b, l, args[0], op.getIgnoredAttr()),
              floatConstant(b, l, f, 0.0), floatConstant(b, l, f, 1.0));
        });
    Value sum = buildReduction(rewriter, loc, counts, /*dim=*/0,
                               ReductionKind::Add, identity);
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, loc, type, sum,
                [](OpBuilder &b, Location l, ValueRange args) -> Value {
                  return arith::MaximumFOp::create(
                      b, l, args[0],
                      floatConstant(b, l, args[0].getType(), 1.0));
                }));
    return success();
  }
};

/// %s = auxact.log_sum_exp %z
/// ->
/// %m = linalg.generic ins(%z) { maximumf over the columns }
/// %e = linalg.generic ins(%z, %m) { sum over the columns of exp(z - m) }
/// %s = linalg.generic ins(%e, %m) { log(e) + m }
struct ConvertLogSumExp : OpConversionPattern<LogSumExpOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(LogSumExpOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value z = buildAsMatrix(rewriter, loc, adaptor.getInput());
    int64_t columns = asTensor(z).getRank() - 1;
    Value maximum = buildReduction(rewriter, loc, z, columns,
                                   ReductionKind::Maximum, identity);
    Value sum =
        buildReduction(rewriter, loc, {z, maximum}, columns, ReductionKind::Add,
                       [](OpBuilder &b, Location l, ValueRange args) -> Value {
                         Value shifted =
                             arith::SubFOp::create(b, l, args[0], args[1]);
                         return math::ExpOp::create(b, l, shifted);
                       });
    Value result = buildElementwise(
        rewriter, loc, asTensor(sum), {sum, maximum},
        [](OpBuilder &b, Location l, ValueRange args) -> Value {
          Value log = math::LogOp::create(b, l, args[0]);
          return arith::AddFOp::create(b, l, log, args[1]);
        });
    rewriter.replaceOp(op, buildReshape(rewriter, loc, result,
                                        asTensor(op.getResult()).getShape()));
    return success();
  }
};

/// The share of class `column` in the loss of a row with this label times its
/// distance from the log-sum-exp: what a row's loss is the sum of.
Value buildCrossEntropyTerm(OpBuilder &b, Location loc, ValueRange args,
                            double smoothing, int64_t classes,
                            IntegerAttr ignored) {
  Value logit = args[0], logSumExp = args[1];
  Type type = logit.getType();
  Value column = linalg::IndexOp::create(b, loc, 1);
  Value label = arith::IndexCastOp::create(b, loc, b.getIndexType(), args[2]);
  Value hit =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, column, label);
  Value distance = arith::SubFOp::create(b, loc, logSumExp, logit);
  // A select, not a product with 0: a logit of -infinity off the label is fine.
  Value zero = floatConstant(b, loc, type, 0.0);
  double share = smoothing / double(classes);
  Value term;
  if (smoothing == 0.0) {
    term = arith::SelectOp::create(b, loc, hit, distance, zero);
  } else {
    Value weight = arith::SelectOp::create(
        b, loc, hit, floatConstant(b, loc, type, 1.0 - smoothing + share),
        floatConstant(b, loc, type, share));
    term = arith::MulFOp::create(b, loc, weight, distance);
  }
  if (!ignored)
    return term;
  return arith::SelectOp::create(
      b, loc, buildIsInteger(b, loc, args[2], ignored), zero, term);
}

/// %l = auxact.cross_entropy %z, %y
/// ->
/// %s = auxact.log_sum_exp %z
/// %r = linalg.generic ins(%z, %s, %y)
///        { sum over the columns of share(column == y) * (s - z) }
/// %l = mean of %r
struct ConvertCrossEntropy : OpConversionPattern<CrossEntropyOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(CrossEntropyOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value logits = buildAsMatrix(rewriter, loc, adaptor.getLogits());
    int64_t rows = asTensor(logits).getDimSize(0);
    int64_t classes = asTensor(logits).getDimSize(1);
    double smoothing = op.getLabelSmoothing().convertToDouble();
    // Of the logits as they came, which is how the backward writes it, so that
    // the two merge.
    Value logSumExp = LogSumExpOp::create(
        rewriter, loc,
        RankedTensorType::get(
            asTensor(adaptor.getLogits()).getShape().drop_back(),
            asTensor(logits).getElementType()),
        adaptor.getLogits());
    Value perRow = buildReduction(
        rewriter, loc,
        {logits, buildReshape(rewriter, loc, logSumExp, {rows}),
         buildReshape(rewriter, loc, adaptor.getLabels(), {rows})},
        /*dim=*/1, ReductionKind::Add,
        [&](OpBuilder &b, Location l, ValueRange args) {
          return buildCrossEntropyTerm(b, l, args, smoothing, classes,
                                       op.getIgnoreIndexAttr());
        });
    Value sum = buildReduction(rewriter, loc, perRow, /*dim=*/0,
                               ReductionKind::Add, identity);
    rewriter.replaceOp(op, op.getIgnoreIndexAttr()
                               ? buildMeanOfCounted(rewriter, loc, sum,
                                                    op.getIgnoreIndexAttr(),
                                                    adaptor.getLabels())
                               : buildMean(rewriter, loc, sum, rows));
    return success();
  }
};

/// %l = auxact.mean_squared_error %p, %t
/// ->
/// %r = linalg.generic ins(%p, %t) { sum over the columns of (p - t)^2 }
/// %l = mean of %r
struct ConvertMeanSquaredError : OpConversionPattern<MeanSquaredErrorOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(MeanSquaredErrorOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = asTensor(adaptor.getPrediction());
    auto square = [](OpBuilder &b, Location l, ValueRange args) -> Value {
      Value difference = arith::SubFOp::create(b, l, args[0], args[1]);
      return arith::MulFOp::create(b, l, difference, difference);
    };
    Value sum = buildSum(rewriter, loc, adaptor.getOperands(), square);
    rewriter.replaceOp(op,
                       buildMean(rewriter, loc, sum, type.getNumElements()));
    return success();
  }
};

} // namespace

void mlir::auxact::populateLossToLinalgPatterns(TypeConverter &converter,
                                                RewritePatternSet &patterns) {
  patterns.add<ConvertCountLabels, ConvertLogSumExp, ConvertCrossEntropy,
               ConvertMeanSquaredError>(converter, patterns.getContext());
}
