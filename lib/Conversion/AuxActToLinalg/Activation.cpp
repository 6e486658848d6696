//===- Activation.cpp - Elementwise layers to linalg ----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Elementwise layers to linalg.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/IR/ViewBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// %y = auxact.relu %x
/// ->
/// %y = linalg.generic ins(%x) { arith.maximumf %in, 0 }
///
/// maximumf lets NaN through, as torch's relu does.
struct ConvertRelu : OpConversionPattern<ReluOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ReluOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, op.getLoc(), cast<RankedTensorType>(op.getType()),
                adaptor.getInput(),
                [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  Value zero = floatConstant(b, loc, args[0].getType(), 0.0);
                  return arith::MaximumFOp::create(b, loc, args[0], zero);
                }));
    return success();
  }
};

/// x/2 * (1 + erf(x / sqrt(2)))
Value buildErfGelu(OpBuilder &b, Location loc, ValueRange args) {
  Value x = args[0];
  auto constant = [&](double v) {
    return floatConstant(b, loc, x.getType(), v);
  };
  Value scaled =
      arith::MulFOp::create(b, loc, x, constant(1.0 / llvm::numbers::sqrt2));
  Value erf = math::ErfOp::create(b, loc, scaled);
  Value twice = arith::AddFOp::create(b, loc, constant(1.0), erf);
  Value half = arith::MulFOp::create(b, loc, x, constant(0.5));
  return arith::MulFOp::create(b, loc, half, twice);
}

/// x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))
Value buildTanhGelu(OpBuilder &b, Location loc, ValueRange args) {
  Value x = args[0];
  auto constant = [&](double v) {
    return floatConstant(b, loc, x.getType(), v);
  };
  auto mul = [&](Value lhs, Value rhs) -> Value {
    return arith::MulFOp::create(b, loc, lhs, rhs);
  };
  Value inner = arith::AddFOp::create(b, loc, constant(1.0),
                                      mul(constant(0.044715), mul(x, x)));
  Value u = mul(mul(constant(0.7978845608028654), x), inner); // sqrt(2 / pi)
  Value tanh = math::TanhOp::create(b, loc, u);
  Value twice = arith::AddFOp::create(b, loc, constant(1.0), tanh);
  return mul(mul(x, constant(0.5)), twice);
}

/// %y = auxact.gelu %x
/// ->
/// %y = linalg.generic ins(%x) { x/2 * (1 + math.erf) }, or its tanh form
struct ConvertGelu : OpConversionPattern<GeluOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(GeluOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    bool tanh = op.getApproximate() == GeluApproximation::Tanh;
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, op.getLoc(), cast<RankedTensorType>(op.getType()),
                adaptor.getInput(), tanh ? buildTanhGelu : buildErfGelu));
    return success();
  }
};

Value buildSigmoid(OpBuilder &b, Location loc, ValueRange args) {
  Value one = floatConstant(b, loc, args[0].getType(), 1.0);
  Value exponential =
      math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, args[0]));
  return arith::DivFOp::create(b, loc, one,
                               arith::AddFOp::create(b, loc, one, exponential));
}

Value buildSilu(OpBuilder &b, Location loc, ValueRange args) {
  return arith::MulFOp::create(b, loc, args[0], buildSigmoid(b, loc, args));
}

Value buildTanh(OpBuilder &b, Location loc, ValueRange args) {
  return math::TanhOp::create(b, loc, args[0]);
}

/// An operation of one operand whose body is `body`.
template <typename OpTy, Value (*body)(OpBuilder &, Location, ValueRange)>
struct ConvertUnary : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;

  LogicalResult
  matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op,
                       buildElementwise(rewriter, op.getLoc(),
                                        cast<RankedTensorType>(op.getType()),
                                        adaptor.getInput(), body));
    return success();
  }
};

/// %y = auxact.scale %x {factor}
/// ->
/// %y = linalg.generic ins(%x, %factor) { arith.mulf }
struct ConvertScale : OpConversionPattern<ScaleOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ScaleOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value factor = buildScalarConstant(rewriter, op.getLoc(),
                                       getElementTypeOrSelf(op.getType()),
                                       op.getFactor().convertToDouble());
    Value scaled =
        buildScale(rewriter, op.getLoc(), adaptor.getInput(), factor);
    rewriter.replaceOp(op, scaled);
    return success();
  }
};

/// %y = auxact.softmax %x
/// ->
/// %m = maximum over the row of %x, %s = sum over it of exp(%x - %m)
/// %y = exp(%x - %m) / %s
struct ConvertSoftmax : OpConversionPattern<SoftmaxOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(SoftmaxOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value x = buildAsMatrix(rewriter, loc, adaptor.getInput());
    auto type = cast<RankedTensorType>(x.getType());
    int64_t columns = type.getRank() - 1;
    Value maximum = buildReduction(
        rewriter, loc, x, columns, ReductionKind::Maximum,
        [](OpBuilder &, Location, ValueRange args) { return args[0]; });
    auto shifted = [](OpBuilder &b, Location l, ValueRange args) -> Value {
      return math::ExpOp::create(b, l,
                                 arith::SubFOp::create(b, l, args[0], args[1]));
    };
    Value sum = buildReduction(rewriter, loc, {x, maximum}, columns,
                               ReductionKind::Add, shifted);
    Value result = buildElementwise(
        rewriter, loc, type, {x, maximum, sum},
        [&](OpBuilder &b, Location l, ValueRange args) -> Value {
          return arith::DivFOp::create(b, l, shifted(b, l, args), args[2]);
        },
        /*broadcastTrailing=*/true);
    rewriter.replaceOp(op, ReshapeOp::create(rewriter, loc, op.getType(),
                                             result, StringAttr()));
    return success();
  }
};

/// %y = auxact.add %a, %b
/// ->
/// %y = linalg.generic ins(%a, %b) { arith.addf }
///
/// An operand without leading dimensions is seen once for each of them.
struct ConvertAdd : OpConversionPattern<AddOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(AddOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    SmallVector<Value> operands;
    for (Value operand : adaptor.getOperands()) {
      int64_t rank = cast<RankedTensorType>(operand.getType()).getRank();
      // One of rank 1 is read like a bias.
      operands.push_back(rank == type.getRank() || rank == 1
                             ? operand
                             : buildRepeatedView(rewriter, op.getLoc(), operand,
                                                 type.getShape()));
    }
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, op.getLoc(), type, operands,
                [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  return arith::AddFOp::create(b, loc, args[0], args[1]);
                }));
    return success();
  }
};

} // namespace

void mlir::auxact::populateActivationToLinalgPatterns(
    TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertRelu, ConvertGelu, ConvertUnary<SiluOp, buildSilu>,
               ConvertUnary<SigmoidOp, buildSigmoid>,
               ConvertUnary<TanhOp, buildTanh>, ConvertSoftmax, ConvertScale,
               ConvertAdd>(converter, patterns.getContext());
}
