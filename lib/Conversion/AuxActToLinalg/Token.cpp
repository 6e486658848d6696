//===- Token.cpp - Rows of tables to linalg -------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Rows of tables, chosen by tokens, to linalg.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// %y = auxact.embedding %tokens, %table : (tensor<64x25xi32>, ...)
/// ->
/// %i = auxact.reshape %tokens : tensor<1600xi32>
/// %y = auxact.gather_rows %table, %i, reshaped
struct ConvertEmbedding : OpConversionPattern<EmbeddingOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(EmbeddingOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto tokens = cast<RankedTensorType>(adaptor.getTokens().getType());
    auto list = RankedTensorType::get({tokens.getNumElements()},
                                      tokens.getElementType());
    Value indices = ReshapeOp::create(rewriter, loc, list, adaptor.getTokens(),
                                      StringAttr());
    Value rows =
        GatherRowsOp::create(rewriter, loc, adaptor.getTable(), indices);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), rows,
                                           StringAttr());
    return success();
  }
};

} // namespace

void mlir::auxact::populateTokenToLinalgPatterns(TypeConverter &converter,
                                                 RewritePatternSet &patterns) {
  patterns.add<ConvertEmbedding>(converter, patterns.getContext());
}
