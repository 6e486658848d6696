//===- ExpandMath.cpp - Math operations as arithmetic ---------------------===//
//
// Polynomials in place of library calls.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_EXPANDMATH
#include "auxact/Codegen/CPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;

namespace {

struct ExpandMath : public auxact::impl::ExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns,
                                                [](StringRef) { return true; });
    GreedyRewriteConfig config;
    config.enableFolding(false);
    if (failed(
            applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
