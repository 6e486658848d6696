//===- ShapePasses.td - Shapes at the linalg stage ---------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Passes that change under which shape operations see their tensors.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_SHAPEPASSES_TD
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_SHAPEPASSES_TD

include "mlir/Pass/PassBase.td"

def AlignShapes : Pass<"auxact-align-shapes", "::mlir::func::FuncOp"> {
  let summary = "Give elementwise operations the shape of a contraction's batch.";
  let description = [{
    Elementwise operations collapse their leading dimensions, since the layers
    around them mostly do. Around a contraction with a batch, whose result is
    (b, m, n), the views between them would send every tensor through memory.
    Those that can be computed with such a contraction get its shape: what
    follows it, and what only it reads.

    Before:
    ```mlir
    %c = linalg.generic ... // (b, m, n, k) -> tensor<4x5x8xf32>
    %v = tensor.collapse_shape %c ... into tensor<20x8xf32>
    %y = linalg.generic ... ins(%v) // (d0, d1) -> tensor<20x8xf32>
    ```
    After:
    ```mlir
    %c = linalg.generic ... // (b, m, n, k) -> tensor<4x5x8xf32>
    %y = linalg.generic ... ins(%c) // (d0, d1, d2) -> tensor<4x5x8xf32>
    %v = tensor.collapse_shape %y ... into tensor<20x8xf32>
    ```
    Requires the linalg stage, canonicalized; leaves the same, with views to be
    folded.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_SHAPEPASSES_TD
