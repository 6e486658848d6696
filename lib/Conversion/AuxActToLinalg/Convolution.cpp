//===- Convolution.cpp - Convolutions to linalg ---------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Convolutions to linalg.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/ConvolutionBuilders.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// %y = auxact.conv2d %x, %w, %b
/// ->
/// %v = auxact.affine_view %x at windows: out pixels x (taps x channels)
/// %c = linalg.generic ins(%v, %w) { (m,k) x (n,k) -> (m,n) }
/// %y = linalg.generic ins(%c, %b) { arith.addf }
struct ConvertConv2d : OpConversionPattern<Conv2dOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(Conv2dOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isa<ExactAttr>(op.getLayerRule()))
      return op.emitOpError()
             << "still has the rule '" << op.getLayerRule().getRuleName()
             << "'; expected rules to be applied before the conversion to "
                "linalg (-auxact-differentiate, -auxact-apply-forward-rules)";
    Location loc = op.getLoc();
    Value result = buildConvolution(rewriter, loc, adaptor.getInput(),
                                    adaptor.getWeight(), op.getWindows());
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

void mlir::auxact::populateConvolutionToLinalgPatterns(
    TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertConv2d>(converter, patterns.getContext());
}
