//===- AuxActAttributes.td - Rules, encodings, placements --*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Attributes of the dialect.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_AUXACTATTRIBUTES_TD
#define AUXACT_DIALECT_AUXACT_IR_AUXACTATTRIBUTES_TD

include "auxact/Dialect/AuxAct/IR/AuxActDialect.td"
include "auxact/Interfaces/RuleAttrInterface.td"
include "auxact/Interfaces/SavedFormAttrInterface.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/IR/EnumAttr.td"

class AuxAct_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<AuxAct_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

class AuxAct_Rule<string name, string attrMnemonic,
                  list<string> overrides = []>
    : AuxAct_Attr<name, attrMnemonic, [
        DeclareAttrInterfaceMethods<RuleAttrInterface, overrides>
      ]>;

def AuxAct_ExactAttr : AuxAct_Rule<"Exact", "exact"> {
  let summary = "Backpropagation: the activation itself is kept.";
  let description = [{
    The weight gradient is `delta (x) x`, and `x` is kept (learning-rules,
    section 2, `exact`).

    ```mlir
    #auxact.exact
    ```
  }];
}

def AuxAct_SignAttr
    : AuxAct_Rule<"Sign", "sign",
                  ["verifyOnLayer", "getState", "buildWeightGradient"]> {
  let summary = "Auxiliary sign activation (ASA): one bit an element is kept.";
  let description = [{
    The forward sees `x + epsilon * s(x)` with `s = +1` where `x > 0` and `-1`
    elsewhere (0 and NaN give -1); the weight gradient is
    `gain * (delta (x) epsilon * s)`. Kept: one bit an element.

    - `epsilon`: length of the auxiliary, > 0; default 0.01.
    - `gain`: a number (default 100) or `mean_abs`, the gain for which
      `gain * epsilon` is the mean of `|x|` over the tensor (with `nonnegative`
      the mean of the positive elements).
    - `nonnegative`: `s = 1` where `x > 0` and 0 elsewhere; legal only where the
      input is proved non-negative.
    - `center`: bits of `x - mu`, with `mu` each feature's mean over the previous
      step's batch, and one scale a tensor; the forward sees `x` unchanged and
      the mean's part of the gradient is an exact rank-1 term. `scale = ratio`
      (default) is `sum (x - mu)^2 / sum |x - mu|`; `scale = least_squares` is
      `mean |x - mu|`. Excludes `epsilon`, `gain` and `nonnegative`.
    - `rotate = 16` or `32`, beside `center`: bits of `z = (x - mu) D H /
      sqrt(B)` in blocks of B features, with H the Hadamard matrix and D a fixed
      diagonal of signs, and one scale a row, `c = |z|^2 / |z|_1`. The gradient
      is rotated back once.

    ```mlir
    #auxact.sign<epsilon = 0.01, gain = 100.0>
    #auxact.sign<epsilon = 0.01, gain = mean_abs, nonnegative>
    #auxact.sign<center, scale = ratio>
    #auxact.sign<center, rotate = 32>
    ```
  }];
  let parameters = (ins
    APFloatParameter<"length of the auxiliary">:$epsilonValue,
    APFloatParameter<"factor of the weight gradient">:$gainValue,
    "bool":$meanAbsGain,
    "bool":$nonnegative, "bool":$center, "bool":$leastSquaresScale,
    "int64_t":$rotate);
  let builders = [
    AttrBuilder<(ins CArg<"double", "0.01">:$epsilon,
                     CArg<"double", "100.0">:$gain), [{
      return $_get($_ctxt, ::llvm::APFloat(epsilon), ::llvm::APFloat(gain), false,
                   false, false, false, 0);
    }]>
  ];
  let extraClassDeclaration = [{
    double getEpsilon() const { return getEpsilonValue().convertToDouble(); }
    double getGain() const { return getGainValue().convertToDouble(); }
  }];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def AuxAct_ResidualAttr
    : AuxAct_Rule<"Residual", "residual",
                  ["verifyOnLayer", "getSharedLayer", "withSharedOperand",
                   "buildWeightGradient"]> {
  let summary = "Auxiliary residual activation (ARA): a tensor kept anyway.";
  let description = [{
    The weight gradient is `delta (x) t`, where `t` is the tensor shared with
    the layer as its `aux` operand; nothing of its own is kept and the forward
    is unchanged. `from` names a layer whose activation is to be shared, for use
    in rule files; rule assignment turns it into the operand.

    With `fit` the auxiliary is `a t + b`, the least-squares fit of the layer's
    input over the batch, one `a` and one `b` a feature, which are kept.

    ```mlir
    #auxact.residual
    #auxact.residual<from = "1.0">
    #auxact.residual<from = "1.0", fit>
    ```
  }];
  let parameters = (ins StringRefParameter<"layer to share with">:$from,
                        "bool":$fit);
  let hasCustomAssemblyFormat = 1;
}

def AuxAct_QuantizedAttr : AuxAct_Attr<"Quantized", "quantized", [
    DeclareAttrInterfaceMethods<RuleAttrInterface, ["verifyOnLayer", "getState",
                                                    "buildWeightGradient"]>,
    DeclareAttrInterfaceMethods<SavedFormAttrInterface>
  ]> {
  let summary = "A few bits an element (ActNN, Mesa): 8, 4 or 2.";
  let description = [{
    In each group of consecutive elements of a row (the last one short), `lo` is
    the least and `scale = (hi - lo) / (2^bits - 1)`, both float32; kept are
    `q = clamp(round((x - lo) / scale))`, half to even and 0 where `scale` is 0,
    `lo` and `scale`. The auxiliary is `lo + scale q`; the forward sees `x`.
    `stochastic` adds a uniform number in [0, 1) before a floor, in place of
    rounding.

    `rotate = 16` or `32`, for 2 bits and layers with weights: levels of a
    Gaussian, +-0.453 sigma and +-1.510 sigma, of `z` as in `#auxact.sign<center,
    rotate>`, and one scale a row, `c = |z|^2 / <z, level(z)>`.

    Also a form in which layers without weights keep what their backward reads.

    ```mlir
    #auxact.quantized<4>
    #auxact.quantized<8, group = 128>
    #auxact.quantized<4, stochastic>
    #auxact.quantized<2, rotate = 32>
    ```
  }];
  let parameters = (ins "unsigned":$bits, "int64_t":$group, "bool":$stochastic,
                        "int64_t":$rotate);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def AuxAct_AverageAttr : AuxAct_Rule<"Average", "average", ["verifyOnLayer"]> {
  let summary = "Averages of four elements, in a few bits (ALAM).";
  let description = [{
    The mean of 4 consecutive elements of a row (of what is left at its end),
    quantised as in `#auxact.quantized`, stands for each of them.

    ```mlir
    #auxact.average<8>
    #auxact.average<2, group = 128>
    ```
  }];
  let parameters = (ins "unsigned":$bits, "int64_t":$group);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def AuxAct_CheckpointAttr : AuxAct_Attr<"Checkpoint", "checkpoint"> {
  let summary = "Gradient checkpointing: of a block only its input is kept.";
  let description = [{
    In rule files, for a block of layers (`layers.* := #auxact.checkpoint`): what
    the backward of its layers reads is computed again from the block's input
    before that backward (`-auxact-checkpoint-blocks`).

    ```mlir
    #auxact.checkpoint
    ```
  }];
}

def AuxAct_DerivativeTableAttr
    : AuxAct_Attr<"DerivativeTable", "derivative_table", [
        DeclareAttrInterfaceMethods<SavedFormAttrInterface>
      ]> {
  let summary = "The derivative of an activation in 1, 2 or 4 bits.";
  let description = [{
    A form in which GELU, SiLU and the like keep what their backward reads: the
    number of the interval that an element of the input is in, in `bits` bits;
    the backward multiplies by the mean derivative of that interval. Intervals
    are those of the least mean squared error over [-6, 6]. The forward is
    exact.

    ```mlir
    #auxact.derivative_table<2>
    ```
  }];
  let parameters = (ins "unsigned":$bits);
  let assemblyFormat = "`<` $bits `>`";
  let genVerifyDecl = 1;
}

def AuxAct_RecomputeAttr : AuxAct_Rule<"Recompute", "recompute"> {
  let summary = "The activation is computed again from kept values.";
  let description = [{
    The weight gradient is `delta (x) x`, with `x` computed again in the
    backward through cheap operations (elementwise, views) from the nearest kept
    value; none in reach is an error. Nothing of its own is kept.

    ```mlir
    #auxact.recompute
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Options of layers
//===----------------------------------------------------------------------===//

def AuxAct_GeluApproximation
    : I32EnumAttr<"GeluApproximation", "form of GELU", [
    I32EnumAttrCase<"None", 0, "none">,
    I32EnumAttrCase<"Tanh", 1, "tanh">
  ]> {
  let cppNamespace = "::mlir::auxact";
  let genSpecializedAttr = 0;
}
def AuxAct_GeluApproximationAttr
    : EnumAttr<AuxAct_Dialect, AuxAct_GeluApproximation, "gelu"> {
  let assemblyFormat = "`<` $value `>`";
}

//===----------------------------------------------------------------------===//
// Encodings
//===----------------------------------------------------------------------===//

def AuxAct_BitsAttr : AuxAct_Attr<"Bits", "bits", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>
  ]> {
  let summary = "One bit an element: how the bytes of a predicate lie.";
  let description = [{
    Encoding of a `tensor<...xi1>`: element `j` of a row is bit `j mod 8` of byte
    `j / 8`; rows (the last dimension) are padded with zero bits to 4 bytes. It
    says how bytes lie, never which rule wrote them or what the bits mean.

    ```mlir
    tensor<64x100xi1, #auxact.bits>
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Placements
//===----------------------------------------------------------------------===//

def AuxAct_Region : I32EnumAttr<"Region", "where a planned value lives", [
    I32EnumAttrCase<"Arena", 0, "arena">,
    I32EnumAttrCase<"State", 1, "state">
  ]> {
  let cppNamespace = "::mlir::auxact";
  let genSpecializedAttr = 0;
}

def AuxAct_PlaceAttr : AuxAct_Attr<"Place", "place"> {
  let summary = "Where a planned value lives.";
  let description = [{
    A byte offset in the arena, or the state whose bytes the value overwrites.

    ```mlir
    #auxact.place<arena, 4096>
    #auxact.place<state, "0.weight">
    ```
  }];
  let parameters = (ins "::mlir::auxact::Region":$region, "int64_t":$offset,
                        StringRefParameter<"name of the state">:$state);
  let hasCustomAssemblyFormat = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_AUXACTATTRIBUTES_TD
