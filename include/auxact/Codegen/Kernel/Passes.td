//===- Passes.td - Passes that code generators share -------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What is done to kernels whatever the target.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_KERNEL_PASSES
#define AUXACT_CODEGEN_KERNEL_PASSES

include "mlir/Pass/PassBase.td"

def VerifyKernels : Pass<"auxact-verify-kernels", "::mlir::ModuleOp"> {
  let summary = "Refuse kernels that the code generators cannot lower";
  let description = [{
    Checks each function marked `auxact.kernel`: one block; static shapes without encodings; at
    most one contraction, or any number of reductions over one space; elementwise generics, fills,
    `auxact.pack_bits`, `auxact.unpack_bits` and splat constants. Changes nothing. Whatever passes
    is lowered by exactly one of the three lowering passes of a target.
  }];
}

#endif // AUXACT_CODEGEN_KERNEL_PASSES
