//===- Passes.td - From auxact to linalg -------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The pass that turns layers and encodings into linalg.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CONVERSION_AUXACTTOLINALG_PASSES_TD
#define AUXACT_CONVERSION_AUXACTTOLINALG_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertAuxActToLinalg : Pass<"convert-auxact-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Layers, losses and encodings to linalg on plain tensors.";
  let description = [{
    Every layer and loss becomes linalg.generic operations in one of three forms:
    elementwise, a reduction of one dimension, a contraction of two matrices. More
    than two dimensions are collapsed to (rows, columns) around them. arith and
    math on tensors, and a linalg.matmul, which models hold beside their layers,
    take the same forms. A tensor in
    the `#auxact.bits` encoding becomes its bytes, function signatures included;
    making and reading them stays one operation each, `auxact.pack_bits` and
    `auxact.unpack_bits`, beside an elementwise i1. `auxact.save` stays, on plain
    types.

    Before:
    ```mlir
    %y = auxact.relu %x {name = "1"} : tensor<64x100xf32>
    %b = auxact.encode %y : tensor<64x100xf32> -> tensor<64x100xi1, #auxact.bits>
    ```
    After:
    ```mlir
    %y = linalg.generic ... ins(%x) { arith.maximumf }
    %i = linalg.generic ... ins(%y) { arith.cmpf ogt } -> tensor<64x100xi1>
    %b = auxact.pack_bits %i : tensor<64x100xi1> -> tensor<64x16xi8>
    ```
    Requires layers without rules (after `auxact-differentiate` or
    `auxact-apply-forward-rules`); leaves, once canonicalized, the form that
    `auxact-verify-linalg-stage` checks.
  }];
  let dependentDialects = ["::mlir::auxact::AuxActDialect"];
}

#endif // AUXACT_CONVERSION_AUXACTTOLINALG_PASSES_TD
