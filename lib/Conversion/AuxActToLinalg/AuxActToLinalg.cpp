//===- AuxActToLinalg.cpp - From auxact to linalg -------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Assembles the families of patterns into one conversion.
//
//===----------------------------------------------------------------------===//

#include "auxact/Conversion/AuxActToLinalg/Passes.h"
#include "auxact/Conversion/AuxActToLinalg/PopulatePatterns.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_CONVERTAUXACTTOLINALG
#include "auxact/Conversion/AuxActToLinalg/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

void mlir::auxact::populateEncodedTensorConversions(TypeConverter &converter) {
  converter.addConversion([](Type type) { return type; });
  converter.addConversion([](RankedTensorType type) -> std::optional<Type> {
    if (!isBitsTensor(type))
      return std::nullopt;
    return getPackedBitsType(type.getContext(), type.getShape());
  });
}

namespace {

struct ConvertAuxActToLinalg
    : auxact::impl::ConvertAuxActToLinalgBase<ConvertAuxActToLinalg> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    TypeConverter converter;
    populateEncodedTensorConversions(converter);

    ConversionTarget target(*context);
    target.addLegalDialect<linalg::LinalgDialect, tensor::TensorDialect>();
    target.addDynamicallyLegalDialect<arith::ArithDialect, math::MathDialect>(
        [](Operation *op) { return !isElementwiseOnTensors(op); });
    // Standalone kernels stay as they are.
    target.addDynamicallyLegalDialect<AuxActDialect>(
        [](Operation *op) { return isStandaloneKernel(op); });
    target.addIllegalOp<linalg::MatmulOp>();
    target.addLegalOp<AffineViewOp, GatherRowsOp, PackBitsOp, UnpackBitsOp>();
    target.addDynamicallyLegalOp<SaveOp, func::ReturnOp>(
        [&](Operation *op) { return converter.isLegal(op); });
    target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp func) {
      return converter.isSignatureLegal(func.getFunctionType());
    });

    RewritePatternSet patterns(context);
    populateActivationToLinalgPatterns(converter, patterns);
    populateConvolutionToLinalgPatterns(converter, patterns);
    populateElementwiseToLinalgPatterns(converter, patterns);
    populateEncodingToLinalgPatterns(converter, patterns);
    populateLinearToLinalgPatterns(converter, patterns);
    populateLinearLossToLinalgPatterns(converter, patterns);
    populateLossToLinalgPatterns(converter, patterns);
    populateMatmulToLinalgPatterns(converter, patterns);
    populateNormalizationToLinalgPatterns(converter, patterns);
    populatePoolingToLinalgPatterns(converter, patterns);
    populateRandomToLinalgPatterns(converter, patterns);
    populateShapeToLinalgPatterns(converter, patterns);
    populateTokenToLinalgPatterns(converter, patterns);
    populateViewToLinalgPatterns(converter, patterns);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                   converter);
    populateReturnOpTypeConversionPattern(patterns, converter);

    // Folding belongs to canonicalization: within a conversion it would look
    // through values that are about to be replaced.
    ConversionConfig config;
    config.foldingMode = DialectConversionFoldingMode::Never;
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
