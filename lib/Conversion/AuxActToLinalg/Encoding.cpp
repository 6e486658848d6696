//===- Encoding.cpp - Making and reading stored forms to linalg -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Making and reading stored forms to linalg.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// The predicate stored in `bytes`, in the shape of `like` as a matrix: rows
/// are what is padded, so leading dimensions may be collapsed on either side.
static Value buildPredicate(OpBuilder &builder, Location loc, Value bytes,
                            Value like) {
  Value matrix = buildAsMatrix(builder, loc, bytes);
  auto type =
      RankedTensorType::get(asTensor(like).getShape(), builder.getI1Type());
  return UnpackBitsOp::create(builder, loc, type, matrix);
}

namespace {

/// %b = auxact.encode %x
/// ->
/// %i = linalg.generic ins(%x) { arith.cmpf ogt, %in, 0 }
/// %b = auxact.pack_bits %i
struct ConvertEncode : OpConversionPattern<EncodeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(EncodeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = buildAsMatrix(rewriter, loc, adaptor.getInput());
    ArrayRef<int64_t> shape = asTensor(input).getShape();
    Value predicate = buildElementwise(
        rewriter, loc, RankedTensorType::get(shape, rewriter.getI1Type()),
        input, [](OpBuilder &b, Location l, ValueRange args) -> Value {
          Value zero = floatConstant(b, l, args[0].getType(), 0.0);
          return arith::CmpFOp::create(b, l, arith::CmpFPredicate::OGT, args[0],
                                       zero);
        });
    Value bytes = PackBitsOp::create(
        rewriter, loc, getPackedBitsType(op.getContext(), shape), predicate);
    rewriter.replaceOpWithNewOp<ReshapeOp>(
        op, getTypeConverter()->convertType(op.getType()), bytes, StringAttr());
    return success();
  }
};

/// %a = auxact.decode %b levels(low, high)
/// ->
/// %i = auxact.unpack_bits %b
/// %a = linalg.generic ins(%i) { arith.select %in, high, low }
struct ConvertDecode : OpConversionPattern<DecodeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(DecodeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = asTensor(op.getResult());
    Value bytes = buildAsMatrix(rewriter, loc, adaptor.getInput());
    SmallVector<int64_t> shape(asTensor(bytes).getShape());
    shape.back() = type.getShape().back();
    Value predicate = UnpackBitsOp::create(
        rewriter, loc, RankedTensorType::get(shape, rewriter.getI1Type()),
        bytes);
    double low = op.getLow().convertToDouble();
    double high = op.getHigh().convertToDouble();
    Value levels = buildElementwise(
        rewriter, loc, RankedTensorType::get(shape, type.getElementType()),
        predicate, [&](OpBuilder &b, Location l, ValueRange args) -> Value {
          return arith::SelectOp::create(
              b, l, args[0], floatConstant(b, l, type.getElementType(), high),
              floatConstant(b, l, type.getElementType(), low));
        });
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, type, levels, StringAttr());
    return success();
  }
};

/// %d = auxact.mask %g, %b
/// ->
/// %i = auxact.unpack_bits %b
/// %d = linalg.generic ins(%g, %i) { arith.select %i, %g, 0 }
struct ConvertMask : OpConversionPattern<MaskOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(MaskOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = buildAsMatrix(rewriter, loc, adaptor.getInput());
    Value predicate = buildPredicate(rewriter, loc, adaptor.getBits(), input);
    Value masked = buildElementwise(
        rewriter, loc, asTensor(input), {input, predicate},
        [](OpBuilder &b, Location l, ValueRange args) -> Value {
          Value zero = floatConstant(b, l, args[0].getType(), 0.0);
          return arith::SelectOp::create(b, l, args[1], args[0], zero);
        });
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), masked,
                                           StringAttr());
    return success();
  }
};

/// %k = auxact.save %b : tensor<64x100xi1, #auxact.bits>
/// ->
/// %k = auxact.save %b : tensor<64x16xi8>
struct ConvertSave : OpConversionPattern<SaveOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(SaveOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<SaveOp>(
        op, adaptor.getInput().getType(), adaptor.getInput(), op.getLayerAttr(),
        op.getRuleAttr(), op.getExactBytesAttr());
    return success();
  }
};

} // namespace

void mlir::auxact::populateEncodingToLinalgPatterns(
    TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertEncode, ConvertDecode, ConvertMask, ConvertSave>(
      converter, patterns.getContext());
}
