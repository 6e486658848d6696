//===- Shape.cpp - Parts and arrangements to views ------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Parts and arrangements of tensors to views that readers resolve.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/IR/ViewBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// %y = auxact.transpose %x, dimensions 0, 2, 1 : tensor<4x6x5xf32>
/// ->
/// %v = auxact.affine_view %x at (r, c) -> (r floordiv 6, c, r mod 6)
///        : tensor<24x5xf32>, reshaped
struct ConvertTranspose : OpConversionPattern<TransposeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(TransposeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, buildTransposedView(rewriter, op.getLoc(),
                                               adaptor.getInput(),
                                               op.getPermutation()));
    return success();
  }
};

/// %y = auxact.slice %x {dim = 1, start = 2, size = 3}
/// ->
/// %v = auxact.affine_view %x at (r, c) -> (r floordiv 3, r mod 3 + 2, c)
struct ConvertSlice : OpConversionPattern<SliceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(SliceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, buildSliceView(rewriter, op.getLoc(),
                                          adaptor.getInput(), op.getDim(),
                                          op.getStart(), op.getSize()));
    return success();
  }
};

/// %y = auxact.concat %a, %b
/// ->
/// %y = linalg.generic ins(%a with zeros after it, %b with zeros before it) {
///        arith.addf }
struct ConvertConcat : OpConversionPattern<ConcatOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ConcatOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    SmallVector<Value> parts;
    int64_t start = 0;
    for (Value input : adaptor.getInputs()) {
      auto own = cast<RankedTensorType>(input.getType());
      parts.push_back(buildPaddedView(rewriter, op.getLoc(), input,
                                      type.getShape(), op.getDim(), start));
      start += own.getDimSize(op.getDim() - (type.getRank() - own.getRank()));
    }
    rewriter.replaceOp(
        op,
        buildElementwise(
            rewriter, op.getLoc(), type, parts,
            [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
              Value sum = args.front();
              for (Value part : args.drop_front())
                sum =
                    isa<FloatType>(sum.getType())
                        ? arith::AddFOp::create(b, loc, sum, part).getResult()
                        : arith::AddIOp::create(b, loc, sum, part).getResult();
              return sum;
            }));
    return success();
  }
};

} // namespace

void mlir::auxact::populateShapeToLinalgPatterns(TypeConverter &converter,
                                                 RewritePatternSet &patterns) {
  patterns.add<ConvertTranspose, ConvertSlice, ConvertConcat>(
      converter, patterns.getContext());
}
