//===- RandomOps.td - Layers that draw random numbers ------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_RANDOMOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_RANDOMOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

/// Zero or three tensor<i32>: seed, step, operation.
class AuxAct_DropOp<string mnemonic> : AuxAct_Op<mnemonic, [
    Pure, AllTypesMatch<["input", "result"]>, AuxAct_CheapToRecompute,
    AuxAct_PreservesNonNegativity,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<ModeDependentOpInterface>,
    DeclareOpInterfaceMethods<RandomOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface, ["buildResiduals"]>
  ]> {
  let arguments = (ins AuxAct_FloatTensor:$input,
    Variadic<0DTensorOf<[I32]>>:$source, F64Attr:$probability,
    OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $input (`source` `(` $source^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def AuxAct_DropoutOp : AuxAct_DropOp<"dropout"> {
  let summary = "Some elements are 0, the others scaled up; in training only.";
  let description = [{
    An element is 0 with `probability` p, and divided by 1 - p otherwise. Which
    ones is a function of the source and of the element's index: Philox4x32-10
    with the key (seed, 0) and the counter (index, step, operation, 0), whose
    first word u gives 0 where u < p * 2^32. Nothing is kept; the backward makes
    the same numbers again. Evaluation is the identity. The source is given by
    `-auxact-append-random-source`.

    ```mlir
    %y = auxact.dropout %x source(%seed, %step, %number)
        {name = "drop", probability = 1.0e-1 : f64}
        : (tensor<64x512xf32>, tensor<i32>, tensor<i32>, tensor<i32>)
        -> tensor<64x512xf32>
    ```
  }];
}

def AuxAct_DropPathOp : AuxAct_DropOp<"drop_path"> {
  let summary = "Stochastic depth: some samples are 0, the others scaled up.";
  let description = [{
    As `dropout`, with one number a sample (an index of the leading dimension)
    in place of one an element.

    ```mlir
    %y = auxact.drop_path %x source(%seed, %step, %number)
        {name = "drop", probability = 1.0e-1 : f64}
        : (tensor<64x16x512xf32>, tensor<i32>, tensor<i32>, tensor<i32>)
        -> tensor<64x16x512xf32>
    ```
  }];
}

#endif // AUXACT_DIALECT_AUXACT_IR_RANDOMOPS_TD
