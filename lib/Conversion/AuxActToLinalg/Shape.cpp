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
#include "mlir/Dialect/Func/IR/FuncOps.h"

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
///
/// Rows of a parameter are a tensor.extract_slice: bytes of it, no view that a
/// kernel resolves.
struct ConvertSlice : OpConversionPattern<SliceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(SliceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value input = adaptor.getInput();
    rewriter.replaceOp(op, isRowSlice(op, input)
                               ? buildRowSlice(rewriter, op.getLoc(), input,
                                               op.getStart(), op.getSize())
                               : buildSliceView(rewriter, op.getLoc(), input,
                                                op.getDim(), op.getStart(),
                                                op.getSize()));
    return success();
  }

private:
  /// Whether the slice is of rows of a parameter, which are in memory and stay
  /// where they are.
  static bool isRowSlice(SliceOp op, Value input) {
    auto argument = dyn_cast<BlockArgument>(input);
    auto func = op->getParentOfType<func::FuncOp>();
    if (!argument || op.getDim() != 0 ||
        !func.getArgAttr(argument.getArgNumber(), attrs::parameter))
      return false;
    auto type = cast<RankedTensorType>(input.getType());
    int64_t rowBytes = getStoredBytes(type) / type.getDimSize(0);
    return rowBytes * int64_t(op.getStart()) % kRowSliceAlignment == 0;
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
