//===- TokenOps.td - Rows of tables ------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Rows of tables, chosen by tokens.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_TOKENOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_TOKENOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

def AuxAct_IndexTensor : StaticShapeTensorOf<[I32, I64]>;

def AuxAct_EmbeddingOp : AuxAct_Op<"embedding", [
    Pure, DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface, ["buildResiduals"]>,
    DeclareOpInterfaceMethods<IndexOperandsOpInterface>
  ]> {
  let summary = "The row of a table for each token.";
  let description = [{
    Tokens of any shape; the result has one dimension more, the columns of the
    table. A token outside the table is an error when the program runs. The row
    `padding_index` gets no gradient. Keeps the tokens.

    ```mlir
    %x = auxact.embedding %tokens, %table {padding_index = 0 : i64}
        : (tensor<64x25xi32>, tensor<8000x256xf32>) -> tensor<64x25x256xf32>
    ```
  }];
  let arguments = (ins AuxAct_IndexTensor:$tokens, AuxAct_FloatTensor:$table,
    OptionalAttr<I64Attr>:$padding_index, OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $tokens `,` $table attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def AuxAct_GatherRowsOp : AuxAct_Op<"gather_rows", [
    Pure, NonDifferentiable, DeclareOpInterfaceMethods<InferTypeOpInterface>
  ]> {
  let summary = "The rows of a matrix that a list of indices names.";
  let description = [{
    What an embedding computes at the linalg stage. The kernel that reads it
    loads the row's elements where it would load those of a tensor in memory.
    Indices are in range; nothing checks them.

    ```mlir
    %x = auxact.gather_rows %table, %tokens
        : (tensor<8000x256xf32>, tensor<1600xi32>) -> tensor<1600x256xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$table, AuxAct_IndexTensor:$indices);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $table `,` $indices attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def AuxAct_ScatterRowsOp : AuxAct_Op<"scatter_rows", [
    Pure, NonDifferentiable, StandaloneKernel
  ]> {
  let summary = "Sums of the rows that have the same index.";
  let description = [{
    Row v of the result is the sum, in their order, of the rows of `rows` whose
    index is v, and 0 where there is none; those of the index `ignored` are left
    out. The order is that of the list whatever the target and the number of
    threads, so the result has the same bits everywhere.

    ```mlir
    %g = auxact.scatter_rows %delta, %tokens {ignored = 0 : i64}
        : (tensor<1600x256xf32>, tensor<1600xi32>) -> tensor<8000x256xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$rows, AuxAct_IndexTensor:$indices,
    OptionalAttr<I64Attr>:$ignored);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $rows `,` $indices attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_TOKENOPS_TD
