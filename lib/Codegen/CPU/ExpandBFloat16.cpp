//===- ExpandBFloat16.cpp - bf16 as integers of 16 bits -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// LLVM takes vectors of bf16 apart where a CPU has no instructions for them,
// and the instructions that some have flush small numbers to zero. Integers are
// the same bits, and fast, on every CPU.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_EXPANDBFLOAT16
#include "auxact/Codegen/CPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;

/// `type` or, if it is a vector, one of as many elements of `element`.
static Type withElement(Type type, Type element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(element);
  return element;
}

static Value integerConstant(OpBuilder &builder, Location loc, Type type,
                             int64_t value) {
  TypedAttr attribute =
      builder.getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    attribute = DenseElementsAttr::get(vector, cast<Attribute>(attribute));
  return arith::ConstantOp::create(builder, loc, attribute);
}

namespace {

/// The upper half of the float32.
struct ExpandExtension : OpConversionPattern<arith::ExtFOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(arith::ExtFOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    if (!getElementTypeOrSelf(op.getIn()).isBF16() ||
        !getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "is not from bf16 to f32");
    Type i32 = withElement(op.getType(), rewriter.getI32Type());
    Value wide = arith::ExtUIOp::create(rewriter, loc, i32, adaptor.getIn());
    Value bits = arith::ShLIOp::create(rewriter, loc, wide,
                                       integerConstant(rewriter, loc, i32, 16));
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, op.getType(), bits);
    return success();
  }
};

/// To nearest, ties to even: half a unit is added, a little less where the last
/// kept bit is 0. That would turn some NaN into infinity or zero, so a NaN
/// keeps its upper half, with the bit that makes it quiet.
struct ExpandTruncation : OpConversionPattern<arith::TruncFOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(arith::TruncFOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type type = op.getIn().getType();
    if (!getElementTypeOrSelf(type).isF32() ||
        !getElementTypeOrSelf(op.getType()).isBF16())
      return rewriter.notifyMatchFailure(op, "is not from f32 to bf16");
    Type i32 = withElement(type, rewriter.getI32Type());
    auto constant = [&](int64_t value) {
      return integerConstant(rewriter, loc, i32, value);
    };
    Value bits = arith::BitcastOp::create(rewriter, loc, i32, adaptor.getIn());
    Value upper = arith::ShRUIOp::create(rewriter, loc, bits, constant(16));
    Value last = arith::AndIOp::create(rewriter, loc, upper, constant(1));
    Value half = arith::AddIOp::create(rewriter, loc, last, constant(0x7FFF));
    Value sum = arith::AddIOp::create(rewriter, loc, bits, half);
    Value rounded = arith::ShRUIOp::create(rewriter, loc, sum, constant(16));
    Value quiet = arith::OrIOp::create(rewriter, loc, upper, constant(0x40));
    Value isNan =
        arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::UNO,
                              adaptor.getIn(), adaptor.getIn());
    Value result =
        arith::SelectOp::create(rewriter, loc, isNan, quiet, rounded);
    rewriter.replaceOpWithNewOp<arith::TruncIOp>(
        op, withElement(type, rewriter.getI16Type()), result);
    return success();
  }
};

struct ExpandConstant : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    TypedAttr value;
    if (auto number = dyn_cast<FloatAttr>(op.getValue()))
      value = rewriter.getIntegerAttr(rewriter.getI16Type(),
                                      number.getValue().bitcastToAPInt());
    else if (auto numbers = dyn_cast<DenseFPElementsAttr>(op.getValue()))
      value = numbers.bitcast(rewriter.getI16Type());
    if (!value)
      return failure();
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, value);
    return success();
  }
};

/// What only moves elements: the same on integers.
struct ExpandMove : ConversionPattern {
  ExpandMove(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1,
                          context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    bool moves =
        isa<memref::MemRefDialect, vector::VectorDialect>(op->getDialect()) ||
        isa<arith::SelectOp>(op);
    if (!moves || op->getNumRegions() != 0)
      return op->emitOpError("computes in bf16; extend to f32 before and "
                             "truncate after it");
    FailureOr<Operation *> converted =
        convertOpResultTypes(op, operands, *getTypeConverter(), rewriter);
    if (failed(converted))
      return failure();
    rewriter.replaceOp(op, (*converted)->getResults());
    return success();
  }
};

struct ExpandBFloat16 : auxact::impl::ExpandBFloat16Base<ExpandBFloat16> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    TypeConverter converter;
    Type i16 = IntegerType::get(context, 16);
    converter.addConversion([](Type type) { return type; });
    converter.addConversion([=](BFloat16Type) { return i16; });
    converter.addConversion([=](VectorType type) -> std::optional<Type> {
      if (!type.getElementType().isBF16())
        return std::nullopt;
      return type.clone(i16);
    });
    converter.addConversion([=](MemRefType type) -> std::optional<Type> {
      if (!type.getElementType().isBF16())
        return std::nullopt;
      return MemRefType::get(type.getShape(), i16, type.getLayout(),
                             type.getMemorySpace());
    });
    ConversionTarget target(*context);
    target.markUnknownOpDynamicallyLegal(
        [&](Operation *op) { return converter.isLegal(op); });
    target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp func) {
      return converter.isSignatureLegal(func.getFunctionType());
    });
    RewritePatternSet patterns(context);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                   converter);
    patterns.add<ExpandConstant, ExpandExtension, ExpandTruncation>(
        converter, context, /*benefit=*/2);
    patterns.add<ExpandMove>(converter, context);
    if (failed(
            applyFullConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
