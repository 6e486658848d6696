//===- EncodingOps.td --------------------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Making, reading and keeping stored forms.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_ENCODINGOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_ENCODINGOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

def AuxAct_EncodedTensor : Type<
    CPred<"::mlir::auxact::isBitsTensor($_self)">,
    "tensor of i1 in the #auxact.bits encoding", "::mlir::RankedTensorType">;

def AuxAct_EncodeOp : AuxAct_Op<"encode", [Pure, NonDifferentiable]> {
  let summary = "The bits x > 0, one an element.";
  let description = [{
    The comparison is ordered: NaN, 0 and -0.0 give 0. Equal encodes merge, so
    that the mask of a relu and the signs of its output are one value.

    ```mlir
    %b = auxact.encode %x
        : tensor<64x100xf32> -> tensor<64x100xi1, #auxact.bits>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input);
  let results = (outs AuxAct_EncodedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def AuxAct_DecodeOp : AuxAct_Op<"decode", [Pure, NonDifferentiable]> {
  let summary = "Two levels chosen by the bits.";
  let description = [{
    `low` where the bit is 0, `high` where it is 1.

    ```mlir
    %a = auxact.decode %b levels(-0.01, 0.01)
        : tensor<64x100xi1, #auxact.bits> -> tensor<64x100xf32>
    ```
  }];
  let arguments = (ins AuxAct_EncodedTensor:$input, F64Attr:$low, F64Attr:$high);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = [{
    $input `levels` `(` custom<Level>($low) `,` custom<Level>($high) `)`
    attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def AuxAct_MaskOp : AuxAct_Op<"mask", [
    Pure, NonDifferentiable, AllTypesMatch<["input", "result"]>
  ]> {
  let summary = "x where the bit is 1, +0 elsewhere.";
  let description = [{
    ```mlir
    %d = auxact.mask %g, %b
        : tensor<64x100xf32>, tensor<64x100xi1, #auxact.bits>
    ```
  }];
  let arguments = (ins AuxAct_FloatTensor:$input, AuxAct_EncodedTensor:$bits);
  let results = (outs AuxAct_FloatTensor:$result);
  let assemblyFormat = "$input `,` $bits attr-dict `:` type($input) `,` type($bits)";
  let hasVerifier = 1;
}

def AuxAct_SaveOp : AuxAct_Op<"save", [
    Pure, NonDifferentiable, AllTypesMatch<["input", "result"]>
  ]> {
  let summary = "A value that is kept from the forward to the backward pass.";
  let description = [{
    The identity. Every read of a forward value by the backward goes through one,
    so that what is kept can be read off the program; `layer` is the layer whose
    backward reads it, `rule` what asked for it, and `exact_bytes` what exact
    backpropagation would keep in its place.

    ```mlir
    %k = auxact.save %b layer "0" rule "sign" exact_bytes 25600
        : tensor<64x100xi1, #auxact.bits>
    ```
  }];
  let arguments = (ins AuxAct_Tensor:$input, StrAttr:$layer, StrAttr:$rule,
                       I64Attr:$exact_bytes);
  let results = (outs AuxAct_Tensor:$result);
  let assemblyFormat = [{
    $input `layer` $layer `rule` $rule `exact_bytes` custom<Bytes>($exact_bytes)
    attr-dict `:` type($input)
  }];
}

def AuxAct_PackBitsOp : AuxAct_Op<"pack_bits", [Pure, NonDifferentiable]> {
  let summary = "Elements of 1, 2 or 4 bits to bytes.";
  let description = [{
    Element `j` of a row has the `b` bits from bit `j * b` on, the lowest of a
    byte first; rows (the last dimension) are padded with zero bits to 4 bytes.

    ```mlir
    %p = auxact.pack_bits %i : tensor<64x100xi1> -> tensor<64x16xi8>
    %q = auxact.pack_bits %j : tensor<64x100xi4> -> tensor<64x52xi8>
    ```
  }];
  let arguments = (ins StaticShapeTensorOf<[I1, I<2>, I<4>]>:$input);
  let results = (outs StaticShapeTensorOf<[I8]>:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def AuxAct_UnpackBitsOp : AuxAct_Op<"unpack_bits", [Pure, NonDifferentiable]> {
  let summary = "Bytes to the elements of 1, 2 or 4 bits that they hold.";
  let description = [{
    The inverse of `pack_bits`.

    ```mlir
    %i = auxact.unpack_bits %p : tensor<64x16xi8> -> tensor<64x100xi1>
    ```
  }];
  let arguments = (ins StaticShapeTensorOf<[I8]>:$input);
  let results = (outs StaticShapeTensorOf<[I1, I<2>, I<4>]>:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_ENCODINGOPS_TD
