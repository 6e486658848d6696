//===- Matmul.cpp - Products of matrices to contractions ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Products of matrices that a model holds beside its layers to contractions.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// %c = linalg.matmul ins(%a, %b) outs(%c0)
/// ->
/// %p = linalg.generic ins(%a, %b) { (m,k) x (k,n) -> (m,n) }
/// %c = %p + %c0, or %p where %c0 is a fill of 0
struct ConvertMatmul : OpConversionPattern<linalg::MatmulOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(linalg::MatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "is not on tensors");
    auto transposed = getTransposedOperands(op);
    if (!transposed)
      return rewriter.notifyMatchFailure(
          op, "has operands that are not (m, k) or (k, m), (k, n) or (n, k)");
    Value product = buildContraction(
        rewriter, op.getLoc(), adaptor.getInputs()[0], transposed->first,
        adaptor.getInputs()[1], transposed->second);
    if (startsFromZero(op))
      rewriter.replaceOp(op, product);
    else
      rewriter.replaceOpWithNewOp<AddOp>(op, product, adaptor.getOutputs()[0]);
    return success();
  }

private:
  static bool startsFromZero(linalg::MatmulOp op) {
    auto fill = op.getOutputs()[0].getDefiningOp<linalg::FillOp>();
    return fill && matchPattern(fill.getInputs()[0], m_AnyZeroFloat());
  }
};

} // namespace

void mlir::auxact::populateMatmulToLinalgPatterns(TypeConverter &converter,
                                                  RewritePatternSet &patterns) {
  patterns.add<ConvertMatmul>(converter, patterns.getContext());
}
