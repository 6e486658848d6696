//===- LossOps.td - Losses ---------------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_LOSSOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_LOSSOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

def AuxAct_CrossEntropyOp : AuxAct_Op<"cross_entropy", [
    Pure, DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface, ["buildResiduals"]>,
    DeclareOpInterfaceMethods<IndexOperandsOpInterface>
  ]> {
  let summary = "Mean over the rows of softmax cross-entropy.";
  let description = [{
    With C classes, label y and smoothing e, a row's loss is
    `logsumexp(z) - (1 - e) * z[y] - e/C * sum(z)`; the result is the mean over
    the rows. The row's maximum is subtracted before the exponential. Rows whose
    label is `ignore_index` do not count, neither in the sum nor in the number of
    rows; the loss is 0 where none counts. Keeps the logits and the log-sum-exp of
    each row.

    ```mlir
    %l = auxact.cross_entropy %logits, %labels {label_smoothing = 0.1 : f32}
        : (tensor<64x10xf32>, tensor<64xi32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$logits,
    StaticShapeTensorOf<[AnySignlessInteger]>:$labels,
    DefaultValuedAttr<F32Attr, "0.0f">:$label_smoothing,
    OptionalAttr<I64Attr>:$ignore_index);
  let results = (outs AuxAct_Scalar:$loss);
  let assemblyFormat = [{
    $logits `,` $labels attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def AuxAct_CountLabelsOp : AuxAct_Op<"count_labels", [Pure, NonDifferentiable]> {
  let summary = "How many labels are not the ignored one; at least 1.";
  let description = [{
    What the mean over the rows that count divides by.

    ```mlir
    %n = auxact.count_labels %labels {ignored = -100 : i64} : tensor<64xi32> -> tensor<f32>
    ```
  }];
  let arguments = (ins StaticShapeTensorOf<[I32, I64]>:$labels, I64Attr:$ignored);
  let results = (outs AuxAct_Scalar:$result);
  let assemblyFormat = "$labels attr-dict `:` type($labels) `->` type($result)";
}

def AuxAct_LogSumExpOp : AuxAct_Op<"log_sum_exp", [
    Pure, NonDifferentiable
  ]> {
  let summary = "log(sum(exp(x))) over the last dimension, stably.";
  let description = [{
    What cross-entropy keeps for each row.

    ```mlir
    %s = auxact.log_sum_exp %z : tensor<64x10xf32> -> tensor<64xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def AuxAct_MeanSquaredErrorOp : AuxAct_Op<"mean_squared_error", [
    Pure, DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface, ["buildResiduals"]>
  ]> {
  let summary = "Mean over all elements of (prediction - target)^2.";
  let description = [{
    Keeps the prediction and the target.

    ```mlir
    %l = auxact.mean_squared_error %p, %t
        : (tensor<64x3xf32>, tensor<64x3xf32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$prediction,
                       AuxAct_FloatTensor:$target);
  let results = (outs AuxAct_Scalar:$loss);
  let assemblyFormat = [{
    $prediction `,` $target attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_LOSSOPS_TD
