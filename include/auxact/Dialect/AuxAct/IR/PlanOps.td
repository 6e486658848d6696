//===- PlanOps.td - The launch plan ------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_PLANOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_PLANOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

def AuxAct_LaunchOp : AuxAct_Op<"launch", [
    Pure, NonDifferentiable, DeclareOpInterfaceMethods<SymbolUserOpInterface>
  ]> {
  let summary = "Run one kernel.";
  let description = [{
    Before planning, a value of the step; after it, `placements` says where each
    result lies (one a result) and `workspace` at which arena offset the kernel's
    scratch starts.

    ```mlir
    %h, %b = auxact.launch @kernel_0(%x, %w)
        {placements = [#auxact.place<arena, 0>, #auxact.place<arena, 4096>]}
        : (tensor<64x784xf32>, tensor<1024x784xf32>)
        -> (tensor<64x1024xf32>, tensor<64x128xi8>)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AuxAct_Tensor>:$inputs,
    OptionalAttr<ArrayAttr>:$placements, OptionalAttr<I64Attr>:$workspace,
    OptionalAttr<StrAttr>:$layer);
  let results = (outs Variadic<AuxAct_Tensor>:$outputs);
  let assemblyFormat = [{
    $kernel `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs)
  }];
  let hasVerifier = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_PLANOPS_TD
