//===- ActivationOps.td - Elementwise layers and views -----*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_ACTIVATIONOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_ACTIVATIONOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

def AuxAct_ReluOp : AuxAct_Op<"relu", [
    Pure, SameOperandsAndResultType, AuxAct_NonNegativeResult,
    AuxAct_CheapToRecompute,
    DeclareOpInterfaceMethods<DifferentiableOpInterface, ["buildResiduals"]>
  ]> {
  let summary = "Rectifier: max(x, 0).";
  let description = [{
    Keeps one bit an element of its output, which is the mask of a sign rule on
    the next layer as well.

    ```mlir
    %y = auxact.relu %x {name = "1"} : tensor<64x1024xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input, OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
}

def AuxAct_GeluOp : AuxAct_Op<"gelu", [
    Pure, SameOperandsAndResultType, AuxAct_CheapToRecompute,
    DeclareOpInterfaceMethods<ScalarFunctionOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface,
                              ["buildResiduals", "getEncodableResiduals"]>
  ]> {
  let summary = "GELU: x * Phi(x), by erf or by the tanh form.";
  let description = [{
    `none` is `x/2 * (1 + erf(x / sqrt(2)))`; `tanh` is
    `x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))`. Keeps its input.

    ```mlir
    %y = auxact.gelu %x {approximate = #auxact.gelu<tanh>} : tensor<64x8xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input,
    DefaultValuedAttr<AuxAct_GeluApproximationAttr,
                      "::mlir::auxact::GeluApproximation::None">:$approximate,
    OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
}

class AuxAct_UnaryOp<string mnemonic, list<Trait> traits = []>
    : AuxAct_Op<mnemonic, !listconcat([
        Pure, SameOperandsAndResultType, AuxAct_CheapToRecompute,
        DeclareOpInterfaceMethods<DifferentiableOpInterface,
                                  ["buildResiduals", "getEncodableResiduals"]>
      ], traits)> {
  let arguments = (ins AuxAct_FloatTensor:$input, OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
}

def AuxAct_SiluOp : AuxAct_UnaryOp<"silu", [
    DeclareOpInterfaceMethods<ScalarFunctionOpInterface>
  ]> {
  let summary = "x * sigmoid(x), also called swish.";
  let description = [{
    Keeps its input.

    ```mlir
    %y = auxact.silu %x {name = "1"} : tensor<64x1024xf32>
    ```
  }];
}

def AuxAct_SigmoidOp : AuxAct_UnaryOp<"sigmoid", [
    AuxAct_NonNegativeResult,
    DeclareOpInterfaceMethods<ScalarFunctionOpInterface>
  ]> {
  let summary = "1 / (1 + exp(-x)).";
  let description = [{
    Keeps its output, of which the derivative is `y * (1 - y)`.

    ```mlir
    %y = auxact.sigmoid %x {name = "1"} : tensor<64x1024xf32>
    ```
  }];
}

def AuxAct_TanhOp : AuxAct_UnaryOp<"tanh", [
    DeclareOpInterfaceMethods<ScalarFunctionOpInterface>
  ]> {
  let summary = "Hyperbolic tangent.";
  let description = [{
    Keeps its output, of which the derivative is `1 - y * y`.

    ```mlir
    %y = auxact.tanh %x {name = "1"} : tensor<64x1024xf32>
    ```
  }];
}

def AuxAct_SoftmaxOp
    : AuxAct_UnaryOp<"softmax", [AuxAct_NonNegativeResult]> {
  let summary = "exp(x) / sum(exp(x)) over the last dimension, stably.";
  let description = [{
    Keeps its output.

    ```mlir
    %y = auxact.softmax %x {name = "1"} : tensor<64x10xf32>
    ```
  }];
  let hasVerifier = 1;
}

def AuxAct_ScaleOp : AuxAct_Op<"scale", [
    Pure, SameOperandsAndResultType, AuxAct_CheapToRecompute,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>
  ]> {
  let summary = "A tensor times a number.";
  let description = [{
    The number is part of the program: the square root of the width that a
    translation model multiplies its word embeddings by, say. Keeps nothing.

    ```mlir
    %y = auxact.scale %x {factor = 16.0 : f64} : tensor<64x25x256xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input, F64Attr:$factor,
                       OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def AuxAct_AddOp : AuxAct_Op<"add", [
    Pure, Commutative, AuxAct_CheapToRecompute, AuxAct_PreservesNonNegativity,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>
  ]> {
  let summary = "Sum of two tensors: a residual connection, a positional table.";
  let description = [{
    The tensors have one shape, or one of them lacks leading dimensions and is the
    same for each of them.

    ```mlir
    %h = auxact.add %x, %f : tensor<64x512xf32>
    %y = auxact.add %tokens, %table : tensor<64x25x512xf32>, tensor<25x512xf32>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$lhs, AuxAct_FloatTensor:$rhs);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` custom<SumTypes>(type($lhs), type($rhs))
  }];
  let hasVerifier = 1;
}

def AuxAct_ReshapeOp : AuxAct_Op<"reshape", [
    Pure, AuxAct_CheapToRecompute, AuxAct_PreservesNonNegativity,
    AuxAct_RearrangesElements,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>
  ]> {
  let summary = "The same elements, in row-major order, under another shape.";
  let description = [{
    A view: no byte moves. `flatten` is a reshape to two dimensions.

    ```mlir
    %f = auxact.reshape %x : tensor<64x1x28x28xf32> -> tensor<64x784xf32>
    ```
  }];
  let arguments = (ins AuxAct_Tensor:$input, OptionalAttr<StrAttr>:$name);
  let results = (outs AuxAct_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_ACTIVATIONOPS_TD
