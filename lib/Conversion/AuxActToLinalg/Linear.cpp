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
    if (!isa<ExactAttr>(op.getLayerRule()))
      return op.emitOpError()
             << "still has the rule '" << op.getLayerRule().getRuleName()
             << "'; expected rules to be applied before the conversion to "
                "linalg (-auxact-differentiate, -auxact-apply-forward-rules)";
    Location loc = op.getLoc();
    Value rows = buildAsMatrix(rewriter, loc, adaptor.getInput());
    Value result =
        buildContraction(rewriter, loc, rows, /*lhsTransposed=*/false,
                         adaptor.getWeight(), /*rhsTransposed=*/true);
    if (Value bias = adaptor.getBias())
      result = buildElementwise(
          rewriter, loc, cast<RankedTensorType>(result.getType()),
          {result, bias},
          [](OpBuilder &b, Location l, ValueRange args) -> Value {
            return arith::AddFOp::create(b, l, args[0], args[1]);
          });
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), result,
                                           StringAttr());
    return success();
  }
};

} // namespace

void mlir::auxact::populateLinearToLinalgPatterns(TypeConverter &converter,
                                                  RewritePatternSet &patterns) {
  patterns.add<ConvertLinear>(converter, patterns.getContext());
}
