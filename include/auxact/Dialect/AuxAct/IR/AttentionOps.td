//===- AttentionOps.td - Scaled dot-product attention ------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_ATTENTIONOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_ATTENTIONOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

def AuxAct_KeyMask : StaticShapeTensorOf<[I32]>;

def AuxAct_AttentionOp : AuxAct_Op<"attention", [
    Pure, StandaloneKernel,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface,
                              ["buildResiduals", "getEncodableResiduals"]>
  ]> {
  let summary = "Scaled dot-product attention of several heads.";
  let description = [{
    `softmax(scale * q k^T) v` for each head, where a head is a stride: head h of
    a (batch, tokens, heads * D) tensor is its features h*D to (h+1)*D. Queries
    may be others than keys (cross attention); keys and values have one shape.

    - `scale`: default 1/sqrt(D).
    - `causal`: query i sees the keys 0 to i.
    - `mask`: which keys are seen, by all queries of a sample: lengths (batch),
      where the first `length` keys are (all of them where it is more), or a mask
      (batch, keys), where those with a nonzero entry are.

    A query that sees no key gives 0. The second result is the log-sum-exp of
    each row of scores (batch, heads, queries), -infinity where no key is seen:
    all that is kept for the backward beside the operands and the result. It runs
    block by block: scores are never in memory as a whole.

    ```mlir
    %o, %l = auxact.attention %q, %k, %v, %n {heads = 8 : i64, causal}
        : (tensor<4x25x512xf32>, tensor<4x25x512xf32>, tensor<4x25x512xf32>,
           tensor<4xi32>) -> (tensor<4x25x512xf32>, tensor<4x8x25xf32>)
    ```
  }];
  let arguments = (ins
    AuxAct_FloatTensor:$query, AuxAct_FloatTensor:$key,
    AuxAct_FloatTensor:$value, Optional<AuxAct_KeyMask>:$mask,
    I64Attr:$heads, UnitAttr:$causal, OptionalAttr<F32Attr>:$scale,
    OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result,
                      AuxAct_FloatTensor:$log_sum_exp);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`,` $mask^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The factor of the scores: `scale`, or 1/sqrt(D).
    double getScoreScale();
  }];
}

def AuxAct_AttentionGradOp : AuxAct_Op<"attention_grad", [
    Pure, StandaloneKernel, NonDifferentiable
  ]> {
  let summary = "Gradients of attention's queries, keys and values.";
  let description = [{
    Computes the probabilities again, block by block, from the operands and the
    log-sum-exp that `auxact.attention` returned. `scale` is the factor itself.

    ```mlir
    %dq, %dk, %dv = auxact.attention_grad %q, %k, %v, %o, %l, %do
        {heads = 8 : i64, scale = 0.125 : f32}
        : (tensor<4x25x512xf32>, tensor<4x25x512xf32>, tensor<4x25x512xf32>,
           tensor<4x25x512xf32>, tensor<4x8x25xf32>, tensor<4x25x512xf32>)
        -> (tensor<4x25x512xf32>, tensor<4x25x512xf32>, tensor<4x25x512xf32>)
    ```
  }];
  let arguments = (ins
    AuxAct_FloatTensor:$query, AuxAct_FloatTensor:$key,
    AuxAct_FloatTensor:$value, AuxAct_FloatTensor:$result,
    AuxAct_FloatTensor:$log_sum_exp, AuxAct_FloatTensor:$gradient,
    Optional<AuxAct_KeyMask>:$mask,
    I64Attr:$heads, UnitAttr:$causal, F32Attr:$scale);
  let results = (outs AuxAct_FloatTensor:$query_gradient,
                      AuxAct_FloatTensor:$key_gradient,
                      AuxAct_FloatTensor:$value_gradient);
  let assemblyFormat = [{
    $query `,` $key `,` $value `,` $result `,` $log_sum_exp `,` $gradient
    (`,` $mask^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_ATTENTIONOPS_TD
