//===- PoolingOps.td - Pooling over windows ----------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_POOLINGOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_POOLINGOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

/// One number a window and channel; images are batch x height x width x
/// channels.
class AuxAct_PoolOp<string mnemonic, list<string> overrides = []>
    : AuxAct_Op<mnemonic, [
        Pure, AuxAct_PreservesNonNegativity,
        DeclareOpInterfaceMethods<InferTypeOpInterface>,
        DeclareOpInterfaceMethods<DifferentiableOpInterface, overrides>
      ]> {
  let arguments = (ins AuxAct_FloatTensor:$input,
    DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$stride,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0}">:$padding,
    OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $input attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    Windows getWindows();
  }];
  let hasVerifier = 1;
}

def AuxAct_MaxPool2dOp : AuxAct_PoolOp<"max_pool2d", ["buildResiduals"]> {
  let summary = "The greatest element of every window.";
  let description = [{
    `window`, `stride` and `padding` are of height and width; what is beyond the
    image is no candidate. Keeps the number of the first window position that
    has the greatest element: 4 bits for up to 16 of them.

    ```mlir
    %y = auxact.max_pool2d %x {window = array<i64: 3, 3>,
                               stride = array<i64: 2, 2>,
                               padding = array<i64: 1, 1>}
        : (tensor<8x112x112x64xf32>) -> tensor<8x56x56x64xf32>
    ```
  }];
}

def AuxAct_AvgPool2dOp : AuxAct_PoolOp<"avg_pool2d"> {
  let summary = "The mean of every window.";
  let description = [{
    `window`, `stride` and `padding` are of height and width; the padding counts
    as zeros. Keeps nothing.

    ```mlir
    %y = auxact.avg_pool2d %x {window = array<i64: 2, 2>,
                               stride = array<i64: 2, 2>}
        : (tensor<8x8x8x64xf32>) -> tensor<8x4x4x64xf32>
    ```
  }];
}

def AuxAct_GlobalAvgPool2dOp : AuxAct_Op<"global_avg_pool2d", [
    Pure, AuxAct_PreservesNonNegativity,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>
  ]> {
  let summary = "The mean of each channel of an image.";
  let description = [{
    Keeps nothing.

    ```mlir
    %y = auxact.global_avg_pool2d %x
        : (tensor<8x7x7x512xf32>) -> tensor<8x512xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input, OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $input attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_POOLINGOPS_TD
