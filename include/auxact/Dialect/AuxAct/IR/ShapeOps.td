//===- ShapeOps.td - Parts and arrangements of tensors -----*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Operations that only say where elements are. They become views that readers
// resolve, so they cost no pass over memory where the reader is a kernel.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_SHAPEOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_SHAPEOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

class AuxAct_ShapeOp<string mnemonic> : AuxAct_Op<mnemonic, [
    Pure, AuxAct_CheapToRecompute, AuxAct_PreservesNonNegativity,
    AuxAct_RearrangesElements, DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>
  ]> {
  let hasVerifier = 1;
}

def AuxAct_TransposeOp : AuxAct_ShapeOp<"transpose"> {
  let summary = "The same tensor with its dimensions in another order.";
  let description = [{
    Dimension i of the result is dimension `permutation[i]` of the input.

    ```mlir
    %y = auxact.transpose %x {permutation = array<i64: 0, 2, 1>}
        : tensor<64x49x256xf32> -> tensor<64x256x49xf32>
    ```
  }];
  let arguments = (ins AuxAct_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs AuxAct_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}

def AuxAct_SliceOp : AuxAct_ShapeOp<"slice"> {
  let summary = "Consecutive elements along one dimension.";
  let description = [{
    `size` elements of dimension `dim` from `start`. One position of a sequence
    (a class token, say) is a slice of size 1.

    ```mlir
    %c = auxact.slice %x {dim = 1 : i64, start = 0 : i64, size = 1 : i64}
        : tensor<64x50x256xf32> -> tensor<64x1x256xf32>
    ```
  }];
  let arguments = (ins AuxAct_Tensor:$input, I64Attr:$dim, I64Attr:$start,
    I64Attr:$size);
  let results = (outs AuxAct_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}

def AuxAct_ConcatOp : AuxAct_ShapeOp<"concat"> {
  let summary = "Tensors one after the other along one dimension.";
  let description = [{
    The tensors agree in all dimensions but `dim`. One of a lower rank lacks
    leading dimensions and is the same for each of them: a learned class token
    stands before the tokens of every row of the batch.

    ```mlir
    %y = auxact.concat %token, %x {dim = 1 : i64}
        : (tensor<1x256xf32>, tensor<64x49x256xf32>) -> tensor<64x50x256xf32>
    ```
  }];
  let arguments = (ins Variadic<AuxAct_Tensor>:$inputs, I64Attr:$dim);
  let results = (outs AuxAct_Tensor:$result);
  let assemblyFormat = [{
    $inputs attr-dict `:` functional-type($inputs, $result)
  }];
}

#endif // AUXACT_DIALECT_AUXACT_IR_SHAPEOPS_TD
