//===- Linear.cpp - Dense layers to linalg --------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Dense layers to linalg.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// What has a rule other than `exact` was not prepared for its entry.
template <typename LayerOp>
LogicalResult checkRuleApplied(LayerOp op) {
  if (isa<ExactAttr>(op.getLayerRule()))
    return success();
  return op.emitOpError()
         << "still has the rule '" << op.getLayerRule().getRuleName()
         << "'; expected rules to be applied before the conversion to linalg "
            "(-auxact-differentiate, -auxact-apply-forward-rules)";
}

Value addScalars(OpBuilder &builder, Location loc, ValueRange args) {
  return arith::AddFOp::create(builder, loc, args[0], args[1]);
}

/// %y = auxact.linear %x, %w, %b
/// ->
/// %c = linalg.generic ins(%x, %w) { (m,k) x (n,k) -> (m,n) }
/// %y = linalg.generic ins(%c, %b) { arith.addf }
///
/// The bias is added after the product, not put into its start, so that it is
/// an epilogue like any other.
struct ConvertLinear : OpConversionPattern<LinearOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(LinearOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (failed(checkRuleApplied(op)))
      return failure();
    Location loc = op.getLoc();
    Value rows = buildAsMatrix(rewriter, loc, adaptor.getInput());
    Value result =
        buildContraction(rewriter, loc, rows, /*lhsTransposed=*/false,
                         adaptor.getWeight(), /*rhsTransposed=*/true);
    if (Value bias = adaptor.getBias())
      result = buildElementwise(rewriter, loc,
                                cast<RankedTensorType>(result.getType()),
                                {result, bias}, addScalars);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), result,
                                           StringAttr());
    return success();
  }
};

/// %y = auxact.token_linear %x, %w, %b
/// ->
/// %c = linalg.generic ins(%w, %x) { (m,k) x (b,k,n) -> (b,m,n) }
/// %y = linalg.generic ins(%c, %b) { arith.addf }, %b read at m
struct ConvertTokenLinear : OpConversionPattern<TokenLinearOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(TokenLinearOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (failed(checkRuleApplied(op)))
      return failure();
    Location loc = op.getLoc();
    Value result = buildBatchContraction(
        rewriter, loc, adaptor.getWeight(), /*lhsTransposed=*/false,
        adaptor.getInput(), /*rhsTransposed=*/false);
    if (Value bias = adaptor.getBias())
      result = buildElementwiseAt(rewriter, loc,
                                  cast<RankedTensorType>(result.getType()),
                                  {result, bias}, {{0, 1, 2}, {1}}, addScalars);
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void mlir::auxact::populateLinearToLinalgPatterns(TypeConverter &converter,
                                                  RewritePatternSet &patterns) {
  patterns.add<ConvertLinear, ConvertTokenLinear>(converter,
                                                  patterns.getContext());
}
