//===- ConvolutionOps.td - Convolution layers --------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_CONVOLUTIONOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_CONVOLUTIONOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

def AuxAct_Conv2dOp : AuxAct_Op<"conv2d", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<ParameterizedLayerOpInterface,
                              ["hasRowsOfInput", "contractUniform"]>
  ]> {
  let summary = "Convolution of images: y = W * h + b at every position.";
  let description = [{
    Images are batch x height x width x channels, the weight is out x height x
    width x in / groups. `stride`, `padding` (zeros on either side) and
    `dilation` are of height and width, as in torch.nn.Conv2d. The rule and
    `aux` are those of a dense layer, whose input's features are the channels.

    Contractions of views of the image: no matrix of windows is ever in memory.

    ```mlir
    %y = auxact.conv2d %x, %w, %b {name = "conv1", stride = array<i64: 2, 2>,
                                   padding = array<i64: 3, 3>}
        : (tensor<8x224x224x3xf32>, tensor<64x7x7x3xf32>, tensor<64xf32>)
        -> tensor<8x112x112x64xf32>
    ```
  }];
  let arguments = (ins
    AuxAct_FloatTensor:$input, AuxAct_FloatTensor:$weight,
    Optional<AuxAct_FloatTensor>:$bias, Optional<AuxAct_FloatTensor>:$aux,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$stride,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0}">:$padding,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilation,
    DefaultValuedAttr<I64Attr, "1">:$groups,
    OptionalAttr<StrAttr>:$name, OptionalAttr<RuleAttrInterface>:$rule);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $weight (`,` $bias^)? (`aux` `(` $aux^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    Windows getWindows();
  }];
  let hasVerifier = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_CONVOLUTIONOPS_TD
