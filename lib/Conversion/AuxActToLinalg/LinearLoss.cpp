//===- LinearLoss.cpp - Losses with their last layer to linalg ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Losses with their last layer to linalg, part by part.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/ChunkedLogits.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::auxact;

using Along = ChunkedLogits::Along;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static Value identity(OpBuilder &, Location, ValueRange args) {
  return args.front();
}

static Value buildAsList(OpBuilder &builder, Location loc, Value value) {
  RankedTensorType type = asTensor(value);
  return ReshapeOp::create(
      builder, loc,
      RankedTensorType::get({type.getNumElements()}, type.getElementType()),
      value, StringAttr());
}

/// log(exp(a) + exp(b)), stably.
static Value buildLogAddExp(OpBuilder &b, Location loc, ValueRange args) {
  Value most = arith::MaximumFOp::create(b, loc, args[0], args[1]);
  auto scaled = [&](Value value) -> Value {
    return math::ExpOp::create(b, loc,
                               arith::SubFOp::create(b, loc, value, most));
  };
  Value sum = arith::AddFOp::create(b, loc, scaled(args[0]), scaled(args[1]));
  return arith::AddFOp::create(b, loc, math::LogOp::create(b, loc, sum), most);
}

/// Adds the log-sum-exp of one part to that of those before.
static void addLogSumExp(OpBuilder &builder, Location loc, Value &all,
                         Value logits, RankedTensorType type) {
  Value part = LogSumExpOp::create(builder, loc, type, logits);
  all = all ? buildElementwise(builder, loc, type, {all, part}, buildLogAddExp)
            : part;
}

static Value buildSumOf(OpBuilder &b, Location loc, ValueRange args) {
  return arith::AddFOp::create(b, loc, args[0], args[1]);
}

namespace {

/// %s = auxact.linear_log_sum_exp %x, %w
/// ->
/// for each part of the classes:
///   %z = contraction of %x and rows of %w
///   %p = auxact.log_sum_exp %z
///   %s = log(exp(%s) + exp(%p))
struct ConvertLinearLogSumExp : OpConversionPattern<LinearLogSumExpOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(LinearLogSumExpOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = buildAsMatrix(rewriter, loc, adaptor.getInput());
    ChunkedLogits logits(rewriter, loc, input, adaptor.getWeight(),
                         adaptor.getBias(), op.getChunk());
    RankedTensorType type = asTensor(op.getResult());
    auto list =
        RankedTensorType::get({type.getNumElements()}, type.getElementType());
    Value all;
    for (int64_t start : logits.getStarts())
      addLogSumExp(rewriter, loc, all, logits.getLogits(start), list);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, type, all, StringAttr());
    return success();
  }
};

/// %l = auxact.linear_cross_entropy %x, %w, %y
/// ->
/// for each part of the classes:
///   %z = contraction of %x and rows of %w
///   %s = log(exp(%s) + exp(auxact.log_sum_exp %z))
///   %h = %h + the sum over the columns of %z where the class is %y
/// %l = mean of %s - %h
struct ConvertLinearCrossEntropy : OpConversionPattern<LinearCrossEntropyOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(LinearCrossEntropyOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = buildAsMatrix(rewriter, loc, adaptor.getInput());
    Value labels = buildAsList(rewriter, loc, adaptor.getLabels());
    int64_t rows = asTensor(input).getDimSize(0);
    Type f = asTensor(input).getElementType();
    auto list = RankedTensorType::get({rows}, f);
    ChunkedLogits logits(rewriter, loc, input, adaptor.getWeight(),
                         adaptor.getBias(), op.getChunkSize());
    double smoothing = op.getLabelSmoothing().convertToDouble();
    Value logSumExp, hits, sums;
    for (int64_t start : logits.getStarts()) {
      Value part = logits.getLogits(start);
      // As the backward's `linear_log_sum_exp` becomes, so that the two merge;
      // one part after the other, so that one is in memory at a time.
      addLogSumExp(rewriter, loc, logSumExp, part, list);
      Value hit = logits.buildElements(
          start, {{part, Along::Both}, {labels, Along::Rows}},
          [&](OpBuilder &b, Location l, ValueRange args) -> Value {
            return arith::SelectOp::create(
                b, l, ChunkedLogits::isClass(b, l, args[1], args[2]), args[0],
                floatConstant(b, l, f, 0.0));
          });
      add(rewriter, loc, hits, hit);
      if (smoothing != 0.0)
        add(rewriter, loc, sums, part);
    }
    SmallVector<Value> terms = {logSumExp, hits, labels};
    if (sums)
      terms.push_back(sums);
    IntegerAttr ignored = op.getIgnoreIndexAttr();
    Value losses = buildElementwise(
        rewriter, loc, list, terms,
        [&](OpBuilder &b, Location l, ValueRange args) -> Value {
          auto scale = [&](Value value, double factor) -> Value {
            return arith::MulFOp::create(b, l, value,
                                         floatConstant(b, l, f, factor));
          };
          Value target = args[1];
          if (sums)
            target = arith::AddFOp::create(
                b, l, scale(target, 1.0 - smoothing),
                scale(args[3], smoothing / double(logits.getClasses())));
          Value loss = arith::SubFOp::create(b, l, args[0], target);
          if (!ignored)
            return loss;
          return arith::SelectOp::create(b, l,
                                         buildIsInteger(b, l, args[2], ignored),
                                         floatConstant(b, l, f, 0.0), loss);
        });
    Value sum = buildReduction(rewriter, loc, losses, /*dim=*/0,
                               ReductionKind::Add, identity);
    Value count = ignored ? CountLabelsOp::create(rewriter, loc, asTensor(sum),
                                                  adaptor.getLabels(), ignored)
                                .getResult()
                          : buildScalarConstant(rewriter, loc, f, double(rows));
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, loc, asTensor(sum), {sum, count},
                [](OpBuilder &b, Location l, ValueRange args) -> Value {
                  return arith::DivFOp::create(b, l, args[0], args[1]);
                }));
    return success();
  }

private:
  /// Adds the sum over the columns of `part` to `total`.
  static void add(OpBuilder &builder, Location loc, Value &total, Value part) {
    Value sum = buildReduction(builder, loc, part, /*dim=*/1,
                               ReductionKind::Add, identity);
    total = total ? buildElementwise(builder, loc, asTensor(sum), {total, sum},
                                     buildSumOf)
                  : sum;
  }
};

} // namespace

void mlir::auxact::populateLinearLossToLinalgPatterns(
    TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertLinearLogSumExp, ConvertLinearCrossEntropy>(
      converter, patterns.getContext());
}
