//===- LinearLossOps.td - Losses with their last layer -----*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Cross-entropy over a large vocabulary together with the layer that makes its
// logits, part by part.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_LINEARLOSSOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_LINEARLOSSOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

def AuxAct_LinearCrossEntropyOp : AuxAct_Op<"linear_cross_entropy", [
    Pure,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface, ["buildResiduals"]>,
    DeclareOpInterfaceMethods<IndexOperandsOpInterface>
  ]> {
  let summary = "Cross-entropy of a dense layer's logits, which are never whole.";
  let description = [{
    The loss of `auxact.cross_entropy` on `x * W^T + b`, for vocabularies (rows
    of the weight) so large that the logits of all tokens would not fit. Logits
    are made for `chunk` classes at a time, in the forward pass and again in the
    backward; only the log-sum-exp of each row is kept, beside the input. The
    gradients are exact: the layer has no rule. Its weight may be an embedding's
    table as well.

    `chunk` is a multiple of 256; by default it is so large that one part of the
    logits has about four million elements.

    ```mlir
    %l = auxact.linear_cross_entropy %x, %w, %y, %b {ignore_index = -100 : i64}
        : (tensor<16x128x768xf32>, tensor<30522x768xf32>, tensor<16x128xi32>, tensor<30522xf32>)
        -> tensor<f32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input, AuxAct_FloatTensor:$weight,
    StaticShapeTensorOf<[I32, I64]>:$labels, Optional<AuxAct_FloatTensor>:$bias,
    DefaultValuedAttr<F32Attr, "0.0f">:$label_smoothing,
    OptionalAttr<I64Attr>:$ignore_index, OptionalAttr<I64Attr>:$chunk,
    OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_Scalar:$loss);
  let assemblyFormat = [{
    $input `,` $weight `,` $labels (`,` $bias^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// Classes of one part: `chunk`, or what fits.
    int64_t getChunkSize();
  }];
  let hasVerifier = 1;
}

def AuxAct_LinearLogSumExpOp : AuxAct_Op<"linear_log_sum_exp", [
    Pure, NonDifferentiable, DeclareOpInterfaceMethods<InferTypeOpInterface>
  ]> {
  let summary = "log(sum(exp(x * W^T + b))) of each row, part by part.";
  let description = [{
    What `auxact.linear_cross_entropy` keeps for each row.

    ```mlir
    %s = auxact.linear_log_sum_exp %x, %w, %b {chunk = 2048 : i64}
        : (tensor<16x128x768xf32>, tensor<30522x768xf32>, tensor<30522xf32>) -> tensor<16x128xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input, AuxAct_FloatTensor:$weight,
    Optional<AuxAct_FloatTensor>:$bias, I64Attr:$chunk);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $weight (`,` $bias^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

#endif // AUXACT_DIALECT_AUXACT_IR_LINEARLOSSOPS_TD
