//===- View.cpp - Views to tensor operations ------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Views to tensor operations.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// %y = auxact.reshape %x : tensor<64x1x28x28xf32> -> tensor<64x784xf32>
/// ->
/// %y = tensor.collapse_shape %x [[0], [1, 2, 3]]
///
/// An expansion is tensor.expand_shape; a reshape that is neither goes through
/// one dimension; one to the same type is its operand.
struct ConvertReshape : OpConversionPattern<ReshapeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ReshapeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, reshape(rewriter, op.getLoc(), adaptor.getInput(),
                                   cast<RankedTensorType>(op.getType())));
    return success();
  }

private:
  static Value reshape(OpBuilder &builder, Location loc, Value value,
                       RankedTensorType type) {
    auto source = cast<RankedTensorType>(value.getType());
    if (source == type)
      return value;
    if (auto groups = getReassociationIndicesForReshape(source, type)) {
      if (source.getRank() > type.getRank())
        return tensor::CollapseShapeOp::create(builder, loc, type, value,
                                               *groups);
      return tensor::ExpandShapeOp::create(builder, loc, type, value, *groups);
    }
    auto flat = RankedTensorType::get({source.getNumElements()},
                                      source.getElementType());
    return reshape(builder, loc, reshape(builder, loc, value, flat), type);
  }
};

} // namespace

void mlir::auxact::populateViewToLinalgPatterns(TypeConverter &converter,
                                                RewritePatternSet &patterns) {
  patterns.add<ConvertReshape>(converter, patterns.getContext());
}
