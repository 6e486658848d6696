//===- NormalizationOps.td - Normalisations ----------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_NORMALIZATIONOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_NORMALIZATIONOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

def AuxAct_LayerNormOp : AuxAct_Op<"layer_norm", [
    Pure, AttrSizedOperandSegments, AllTypesMatch<["input", "result"]>,
    AuxAct_CheapToRecompute, DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface,
                              ["buildResiduals", "getEncodableResiduals"]>
  ]> {
  let summary = "Normalisation of each row over the last dimension.";
  let description = [{
    `(x - mean) / sqrt(variance + epsilon) * weight + bias`, with the mean and
    the variance of the row. Keeps its input, and the mean and the reciprocal
    deviation of each row.

    ```mlir
    %y = auxact.layer_norm %x weight(%w) bias(%b) {name = "norm1"}
        : (tensor<64x16x192xf32>, tensor<192xf32>, tensor<192xf32>)
        -> tensor<64x16x192xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input,
    Optional<AuxAct_FloatTensor>:$weight, Optional<AuxAct_FloatTensor>:$bias,
    DefaultValuedAttr<F64Attr, "1.0e-5">:$epsilon,
    OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $input (`weight` `(` $weight^ `)`)? (`bias` `(` $bias^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def AuxAct_RmsNormOp : AuxAct_Op<"rms_norm", [
    Pure, AllTypesMatch<["input", "result"]>,
    AuxAct_CheapToRecompute, DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface,
                              ["buildResiduals", "getEncodableResiduals"]>
  ]> {
  let summary = "Each row divided by its root mean square.";
  let description = [{
    `x / sqrt(mean(x^2) + epsilon) * weight`, with the mean over the last
    dimension. Keeps its input, and the reciprocal of each row.

    ```mlir
    %y = auxact.rms_norm %x weight(%w) {name = "norm1"}
        : (tensor<64x16x192xf32>, tensor<192xf32>) -> tensor<64x16x192xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input,
    Optional<AuxAct_FloatTensor>:$weight,
    DefaultValuedAttr<F64Attr, "1.1920928955078125e-7">:$epsilon,
    OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $input (`weight` `(` $weight^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def AuxAct_GroupNormOp : AuxAct_Op<"group_norm", [
    Pure, AttrSizedOperandSegments, AllTypesMatch<["input", "result"]>,
    AuxAct_CheapToRecompute, DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface,
                              ["buildResiduals", "getEncodableResiduals"]>
  ]> {
  let summary = "Normalisation of groups of channels of each sample.";
  let description = [{
    `(x - mean) / sqrt(variance + epsilon) * weight + bias`, with mean and
    variance over the positions of a sample and over a group of neighbouring
    channels, which are the last dimension (images are NHWC). Keeps its input,
    and the mean and the reciprocal deviation of each group of each sample.

    ```mlir
    %y = auxact.group_norm %x weight(%w) bias(%b) {groups = 4 : i64, name = "norm1"}
        : (tensor<8x4x4x16xf32>, tensor<16xf32>, tensor<16xf32>)
        -> tensor<8x4x4x16xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input,
    Optional<AuxAct_FloatTensor>:$weight, Optional<AuxAct_FloatTensor>:$bias,
    I64Attr:$groups, DefaultValuedAttr<F64Attr, "1.0e-5">:$epsilon,
    OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $input (`weight` `(` $weight^ `)`)? (`bias` `(` $bias^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def AuxAct_BatchNormOp : AuxAct_Op<"batch_norm", [
    Pure, AttrSizedOperandSegments, AuxAct_CheapToRecompute,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<ModeDependentOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface,
                              ["buildResiduals", "getEncodableResiduals"]>
  ]> {
  let summary = "Normalisation of each feature over batch and positions.";
  let description = [{
    `(x - mean) / sqrt(variance + epsilon) * weight + bias`, where the features
    are the last dimension (images are NHWC) and mean and variance are those of
    the batch. The second and third result are the new running statistics,
    `(1 - momentum) * running + momentum * batch` with the unbiased variance;
    evaluation normalises by the running statistics and leaves them alone. Keeps
    its input, and the mean and the reciprocal deviation of each feature.

    ```mlir
    %y, %m, %v = auxact.batch_norm %x weight(%w) bias(%b) running(%rm, %rv)
        {name = "bn1"}
        : (tensor<8x4x4x16xf32>, tensor<16xf32>, tensor<16xf32>,
           tensor<16xf32>, tensor<16xf32>)
        -> (tensor<8x4x4x16xf32>, tensor<16xf32>, tensor<16xf32>)
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input,
    Optional<AuxAct_FloatTensor>:$weight, Optional<AuxAct_FloatTensor>:$bias,
    AuxAct_FloatTensor:$running_mean, AuxAct_FloatTensor:$running_variance,
    DefaultValuedAttr<F64Attr, "1.0e-5">:$epsilon,
    DefaultValuedAttr<F64Attr, "0.1">:$momentum,
    OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result, AuxAct_FloatTensor:$new_mean,
                      AuxAct_FloatTensor:$new_variance);
  let assemblyFormat = [{
    $input (`weight` `(` $weight^ `)`)? (`bias` `(` $bias^ `)`)?
    `running` `(` $running_mean `,` $running_variance `)` attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_NORMALIZATIONOPS_TD
