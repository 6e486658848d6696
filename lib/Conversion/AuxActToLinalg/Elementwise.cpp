//===- Elementwise.cpp - Arithmetic on tensors to linalg ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// arith and math on tensors, which models hold beside their layers, to linalg.
// Unlike upstream's pass it collapses dimensions as layers do, so that both
// meet in one kernel, and never names an operand as destination.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::auxact;

bool mlir::auxact::isElementwiseOnTensors(Operation *op) {
  if (!mlir::OpTrait::hasElementwiseMappableTraits(op) ||
      op->getNumResults() != 1)
    return false;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  return type && type.hasStaticShape();
}

/// The one number that fills `value`, or null.
static TypedAttr getSplat(Value value) {
  DenseElementsAttr constant;
  if (!matchPattern(value, m_Constant(&constant)) || !constant.isSplat())
    return {};
  return dyn_cast<TypedAttr>(constant.getSplatValue<Attribute>());
}

namespace {

/// %y = arith.mulf %x, %constant : tensor<4x8xf32>
/// ->
/// %y = linalg.generic ins(%x) { arith.mulf %in, 2.0 }
struct ConvertElementwise : ConversionPattern {
  ConvertElementwise(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1,
                          context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isElementwiseOnTensors(op))
      return rewriter.notifyMatchFailure(
          op, "does not work element by element on tensors");
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    SmallVector<Value> tensors;
    for (Value operand : operands)
      if (isa<RankedTensorType>(operand.getType()) && !getSplat(operand))
        tensors.push_back(operand);
    Value result = buildElementwise(
        rewriter, op->getLoc(), type, tensors,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          SmallVector<Value> scalars;
          for (Value operand : operands) {
            if (!isa<RankedTensorType>(operand.getType())) {
              scalars.push_back(operand);
            } else if (TypedAttr number = getSplat(operand)) {
              scalars.push_back(arith::ConstantOp::create(b, loc, number));
            } else {
              scalars.push_back(args.front());
              args = args.drop_front();
            }
          }
          return b
              .create(loc, op->getName().getIdentifier(), scalars,
                      type.getElementType(), op->getAttrs())
              ->getResult(0);
        });
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void mlir::auxact::populateElementwiseToLinalgPatterns(
    TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertElementwise>(converter, patterns.getContext());
}
