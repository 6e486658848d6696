//===- Random.cpp - Dropout and stochastic depth to linalg ----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/IR/Philox.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <cmath>

using namespace mlir;
using namespace mlir::auxact;

/// The loop's number as an i32, which vectors of count in.
static Value buildIndex(OpBuilder &b, Location loc, int64_t dim) {
  return arith::IndexCastOp::create(b, loc, b.getI32Type(),
                                    linalg::IndexOp::create(b, loc, dim));
}

static Value intConstant(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantOp::create(
      b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
}

/// Row-major number of the element of a tensor of `shape`, seen as a matrix.
static Value buildElementIndex(OpBuilder &b, Location loc,
                               ArrayRef<int64_t> shape) {
  if (shape.empty())
    return intConstant(b, loc, 0);
  if (shape.size() == 1)
    return buildIndex(b, loc, 0);
  Value row = arith::MulIOp::create(b, loc, buildIndex(b, loc, 0),
                                    intConstant(b, loc, shape.back()));
  return arith::AddIOp::create(b, loc, row, buildIndex(b, loc, 1));
}

/// Number of the sample that the element belongs to.
static Value buildSampleIndex(OpBuilder &b, Location loc,
                              ArrayRef<int64_t> shape) {
  Value row = buildIndex(b, loc, 0);
  int64_t rows = 1;
  for (size_t i = 1; i + 1 < shape.size(); ++i)
    rows *= shape[i];
  if (rows == 1)
    return row;
  return arith::DivUIOp::create(b, loc, row, intConstant(b, loc, rows));
}

namespace {

/// %y = auxact.dropout %x source(%seed, %step, %number) {probability = 0.1}
/// ->
/// %y = linalg.generic ins(%x, %seed, %step, %number), with the body
///   select(philox(index, step, number; seed) >= 0.1 * 2^32, x / 0.9, 0)
template <typename OpTy>
struct ConvertDrop : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;

  LogicalResult
  matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (adaptor.getSource().empty())
      return rewriter.notifyMatchFailure(op, "has no random source");
    auto type = cast<RankedTensorType>(op.getType());
    double probability = op.getProbability().convertToDouble();
    SmallVector<Value> inputs = {adaptor.getInput()};
    llvm::append_range(inputs, adaptor.getSource());
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
      bool perSample = std::is_same_v<OpTy, DropPathOp>;
      Value index = perSample ? buildSampleIndex(b, loc, type.getShape())
                              : buildElementIndex(b, loc, type.getShape());
      Value word = buildRandomWord(b, loc, index, args.drop_front());
      Value threshold = intConstant(
          b, loc,
          std::min<int64_t>(std::llround(std::ldexp(probability, 32)),
                            UINT32_MAX));
      Value keep = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge,
                                         word, threshold);
      Type element = type.getElementType();
      Value scaled = arith::MulFOp::create(
          b, loc, args[0],
          floatConstant(b, loc, element, 1.0 / (1.0 - probability)));
      return arith::SelectOp::create(b, loc, keep, scaled,
                                     floatConstant(b, loc, element, 0.0));
    };
    rewriter.replaceOp(
        op, buildElementwise(rewriter, op.getLoc(), type, inputs, body));
    return success();
  }
};

} // namespace

void mlir::auxact::populateRandomToLinalgPatterns(TypeConverter &converter,
                                                  RewritePatternSet &patterns) {
  patterns.add<ConvertDrop<DropoutOp>, ConvertDrop<DropPathOp>>(
      converter, patterns.getContext());
}
