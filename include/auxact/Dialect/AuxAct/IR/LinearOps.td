//===- LinearOps.td - Dense layers -------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_LINEAROPS_TD
#define AUXACT_DIALECT_AUXACT_IR_LINEAROPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

def AuxAct_LinearOp : AuxAct_Op<"linear", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<ParameterizedLayerOpInterface,
                              ["contractUniform"]>
  ]> {
  let summary = "Dense layer: y = W * h + b over the last dimension.";
  let description = [{
    `weight` is out x in, as in torch.nn; leading dimensions of the input are
    batch and positions. The rule says what is kept of the input for the weight
    gradient and what the forward pass sees in its place; without one the layer
    is exact. `aux` is the tensor that a `residual` rule shares.

    ```mlir
    %y = auxact.linear %x, %w, %b {name = "0", rule = #auxact.sign<>}
        : (tensor<64x784xf32>, tensor<1024x784xf32>, tensor<1024xf32>)
        -> tensor<64x1024xf32>
    %z = auxact.linear %y, %v aux(%x) {rule = #auxact.residual} : (...) -> ...
    ```
  }];
  let arguments = (ins
    AuxAct_FloatTensor:$input, AuxAct_FloatTensor:$weight,
    Optional<AuxAct_FloatTensor>:$bias, Optional<AuxAct_FloatTensor>:$aux,
    OptionalAttr<StrAttr>:$name, OptionalAttr<RuleAttrInterface>:$rule);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $weight (`,` $bias^)? (`aux` `(` $aux^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def AuxAct_TokenLinearOp : AuxAct_Op<"token_linear", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<ParameterizedLayerOpInterface,
                              ["getFeatureDim", "hasRowsOfInput",
                               "contractUniform"]>
  ]> {
  let summary = "Dense layer over tokens: y[b, t, c] = sum over s of W[t, s] "
                "h[b, s, c] + bias[t].";
  let description = [{
    What `linear` is to the features of a sequence, this is to its positions:
    the layer that mixes tokens in an MLP-Mixer. The input is (batch, tokens in,
    features), `weight` is tokens out x tokens in, `bias` has one element for
    each token that comes out. Nothing is transposed. Rules work as on `linear`;
    batch and features take the part that batch and positions have there. Rules
    that take a mean off take one for each feature c, not for each token s.

    ```mlir
    %y = auxact.token_linear %x, %w, %b {name = "mix", rule = #auxact.sign<>}
        : (tensor<64x196x512xf32>, tensor<256x196xf32>, tensor<256xf32>)
        -> tensor<64x256x512xf32>
    ```
  }];
  let arguments = (ins
    AuxAct_FloatTensor:$input, AuxAct_FloatTensor:$weight,
    Optional<AuxAct_FloatTensor>:$bias, Optional<AuxAct_FloatTensor>:$aux,
    OptionalAttr<StrAttr>:$name, OptionalAttr<RuleAttrInterface>:$rule);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $weight (`,` $bias^)? (`aux` `(` $aux^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_LINEAROPS_TD
