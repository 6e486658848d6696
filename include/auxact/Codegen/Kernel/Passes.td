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

def IsolateKernels : Pass<"auxact-isolate-kernels", "::mlir::ModuleOp"> {
  let summary = "Erase every function that is no kernel";
  let description = [{
    Entries launch kernels as functions on tensors, which code generation replaces. To look at the
    code of a program's kernels, its entries have to go first.

    Before: `func.func @step(...) { auxact.launch @kernel_0 ... }`, `func.func @kernel_0(...)
    attributes {auxact.kernel}`

    After: `func.func @kernel_0(...) attributes {auxact.kernel}`
  }];
}

#endif // AUXACT_CODEGEN_KERNEL_PASSES
