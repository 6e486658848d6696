//===- Passes.td - Transformations of the auxact dialect ---*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Passes that turn a model into a training step and a plan.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_PASSES_TD
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

include "auxact/Dialect/AuxAct/Transforms/OptimizerPasses.td"
include "auxact/Dialect/AuxAct/Transforms/StructurePasses.td"
include "auxact/Dialect/AuxAct/Transforms/ShapePasses.td"
include "auxact/Dialect/AuxAct/Transforms/VerifyPasses.td"

def SetBatchSize : Pass<"auxact-set-batch-size", "::mlir::func::FuncOp"> {
  let summary = "The same model for another number of rows.";
  let description = [{
    Replaces the leading dimension of every input and infers the types of all
    results from there: by `InferTypeOpInterface`, and for views by scaling their
    leading dimension. An operation that cannot follow is an error at its
    location.

    Before:
    ```mlir
    func.func @mlp(%x: tensor<64x784xf32> {auxact.input = "x"}, %w: ...) {
      %y = auxact.linear %x, %w : ... -> tensor<64x10xf32>
    ```
    After, with `batch=17`:
    ```mlir
    func.func @mlp(%x: tensor<17x784xf32> {auxact.input = "x"}, %w: ...) {
      %y = auxact.linear %x, %w : ... -> tensor<17x10xf32>
    ```
    Requires the model stage, and one batch size in all inputs; leaves the same.
  }];
  let options = [
    Option<"batch", "batch", "int64_t", /*default=*/"0",
           "Rows of every input, at least 1">
  ];
}

def AppendLoss : Pass<"auxact-append-loss", "::mlir::func::FuncOp"> {
  let summary = "Append a loss to a model that returns a prediction only.";
  let description = [{
    Adds an input for the labels (`cross_entropy`) or for the target
    (`mean_squared_error`) after the other inputs, and the loss as last result. A
    model that has a loss already is an error.

    Before:
    ```mlir
    func.func @mlp(%x: tensor<64x784xf32> {auxact.input = "x"}, %w: ...)
        -> (tensor<64x10xf32> {auxact.output = "prediction"})
    ```
    After, with `loss=cross_entropy`:
    ```mlir
    func.func @mlp(%x: tensor<64x784xf32> {auxact.input = "x"},
                   %y: tensor<64xi32> {auxact.input = "y"}, %w: ...)
        -> (tensor<64x10xf32> {auxact.output = "prediction"},
            tensor<f32> {auxact.output = "loss"}) {
      ...
      %l = auxact.cross_entropy %p, %y
    ```
    Requires a result marked `auxact.output = "prediction"`, or a single result;
    leaves one marked `auxact.output = "loss"`.
  }];
  let options = [
    Option<"loss", "loss", "std::string", /*default=*/"\"\"",
           "`cross_entropy` or `mean_squared_error`">,
    Option<"labelSmoothing", "label-smoothing", "double", /*default=*/"0.0",
           "cross_entropy: share of the label spread over all classes, in [0, 1)">,
    Option<"labelType", "label-type", "std::string", /*default=*/"\"i32\"",
           "cross_entropy: type of the labels, `i32` or `i64`">,
    Option<"target", "target", "std::string", /*default=*/"\"y\"",
           "Name of the new input">
  ];
  let dependentDialects = ["::mlir::auxact::AuxActDialect"];
}

def AssignRules : Pass<"auxact-assign-rules", "::mlir::func::FuncOp"> {
  let summary = "Give layers their rules by name.";
  let description = [{
    Every line of the rules is `pattern = rule`; the first line whose pattern
    (a glob, as in a shell) matches a layer's name gives the layer its rule, and a
    layer that none matches keeps the one it has. A pattern that matches no layer,
    or none that earlier lines leave, is an error, at its line; `*` never is. `#` and a space start a comment.

    A rule that names a layer to share with (`residual<from = "1.0">`) gets that
    layer's activation as the operand `aux`; the layer must come earlier.

    A line `pattern := form` is for layers without weights whose backward reads
    a tensor that may be kept in a lossy form (`#auxact.quantized<4>`,
    `#auxact.derivative_table<2>`): they get it as `auxact.saved_as`. A line
    `pattern := #auxact.checkpoint` is for blocks, the shortest prefixes of
    dotted names that the pattern matches: their layers get the block's name as
    `auxact.block`.

    Before:
    ```mlir
    %h = auxact.linear %x, %w {name = "0"} : ...
    %y = auxact.linear %h, %v {name = "1"} : ...
    ```
    After, with `rules="0 = #auxact.exact; * = #auxact.residual<from = \"0\">"`:
    ```mlir
    %h = auxact.linear %x, %w {name = "0", rule = #auxact.exact} : ...
    %y = auxact.linear %h, %v aux(%x) {name = "1", rule = #auxact.residual} : ...
    ```
    Requires the model stage; leaves the same.
  }];
  let options = [
    Option<"rules", "rules", "std::string", /*default=*/"\"\"",
           "Rules as text; `;` ends a line as well. Come before those of the "
           "file">,
    Option<"rulesFile", "rules-file", "std::string", /*default=*/"\"\"",
           "Path of a file of rules">
  ];
  let dependentDialects = ["::mlir::auxact::AuxActDialect"];
}

def SetEvaluationMode : Pass<"auxact-set-evaluation-mode", "::mlir::func::FuncOp"> {
  let summary = "From the form of training to that of evaluation.";
  let description = [{
    Replaces every operation that differs between the two
    (`ModeDependentOpInterface`): a batch normalisation takes the running
    statistics in place of the batch's and leaves them alone, dropout is the
    identity.

    Before:
    ```mlir
    %y, %m, %v = auxact.batch_norm %x running(%rm, %rv) : ...
    %z = auxact.dropout %y {probability = 1.0e-1 : f64} : ...
    return %z, %m, %v : ...
    ```
    After:
    ```mlir
    %r = linalg.generic ... ins(%rv) // 1 / sqrt(rv + epsilon)
    %y = linalg.generic ... ins(%x, %rm, %r)
    return %y, %rm, %rv : ...
    ```
    Requires the model stage; leaves the same.
  }];
  let dependentDialects = ["::mlir::auxact::AuxActDialect"];
}

def AppendRandomSource : Pass<"auxact-append-random-source", "::mlir::func::FuncOp"> {
  let summary = "Say where random numbers come from.";
  let description = [{
    Gives every operation that draws random numbers (`RandomOpInterface`) and
    does not say from where its source: the scalars `seed` and `step`, which all
    share, and a scalar with a number of its own, fixed by `auxact.value`, in the
    order of the operations. They are arguments of the function, so that
    operations of one shape share a kernel.

    Before:
    ```mlir
    func.func @f(%x: tensor<64x512xf32> {auxact.input = "x"}) -> ... {
      %y = auxact.dropout %x {probability = 1.0e-1 : f64} : ...
    ```
    After:
    ```mlir
    func.func @f(%x: tensor<64x512xf32> {auxact.input = "x"},
                 %seed: tensor<i32> {auxact.scalar = "seed"},
                 %step: tensor<i32> {auxact.scalar = "step"},
                 %0: tensor<i32> {auxact.scalar = "operation:0",
                                  auxact.value = 0 : i64}) -> ... {
      %y = auxact.dropout %x source(%seed, %step, %0)
          {probability = 1.0e-1 : f64} : ...
    ```
    Requires the model stage; leaves the same.
  }];
}

def ApplyForwardRules : Pass<"auxact-apply-forward-rules", "::mlir::func::FuncOp"> {
  let summary = "Let the forward pass see what each layer's rule gives it.";
  let description = [{
    Replaces the input of every layer by what its rule builds, and keeps nothing:
    the forward pass of `predict` and `evaluate`, which is that of training.

    Before:
    ```mlir
    %y = auxact.linear %x, %w {rule = #auxact.sign<epsilon = 0.01, gain = 100.0>} : ...
    ```
    After:
    ```mlir
    %b = auxact.encode %x : ...
    %a = auxact.decode %b levels(-0.01, 0.01) : ...
    %h = auxact.add %x, %a : ...
    %y = auxact.linear %h, %w : ...
    ```
    Requires rules on the layers; leaves every layer exact.
  }];
}

def Differentiate : Pass<"auxact-differentiate", "::mlir::func::FuncOp"> {
  let summary = "Append the backward pass, and say what it keeps.";
  let description = [{
    From a function that returns a loss to one that returns the gradient of the
    loss by every parameter as well. Each layer's rule says what the forward pass
    sees and what is kept; each operation says what its backward reads
    (`DifferentiableOpInterface`). Every read of a forward value by the backward
    goes through `auxact.save`. An operation between a parameter and the loss
    that has no gradient is an error at its location.

    Before:
    ```mlir
    %y = auxact.linear %x, %w {name = "0"} : ...
    %l = auxact.mean_squared_error %y, %t : ...
    return %l
    ```
    After:
    ```mlir
    %y = auxact.linear %x, %w {name = "0"} : ...
    %l = auxact.mean_squared_error %y, %t : ...
    %k = auxact.save %x layer "0" rule "exact" exact_bytes 8192 : ...
    %d = linalg.generic ...            // gradient of %y
    %g = linalg.generic ins(%d, %k)    // gradient of %w
    return %l, %g
    ```
    Requires one result marked `auxact.output = "loss"`; leaves layers exact,
    gradients marked `auxact.output = "gradient:<parameter>"`, and rule state as
    arguments marked `auxact.state`.
  }];
  let options = [
    Option<"indicators", "indicators", "bool", /*default=*/"false",
           "Return the learning indicators of each layer instead of gradients">
  ];
}

def FormKernels : Pass<"auxact-form-kernels", "::mlir::ModuleOp"> {
  let summary = "Outline kernels, one for each distinct body.";
  let description = [{
    Divides each function of the linalg stage into kernels: a contraction or a
    reduction with the elementwise operations that can be done on its results
    while they are in registers, or on its operands while they are read. What
    remains of the function is a list of launches. Bodies that are equal are one
    kernel, so that compile time grows with distinct shapes, not with depth.

    Before:
    ```mlir
    %c = linalg.generic ...           // contraction of %x and %w
    %y = linalg.generic ins(%c, %b)   // bias
    ```
    After:
    ```mlir
    func.func private @kernel_0(%x: ..., %w: ..., %b: ...) -> ...
    %y = auxact.launch @kernel_0(%x, %w, %b) : ...
    ```
    Requires the linalg stage; leaves launches, views and `auxact.save`.
  }];
  let dependentDialects = ["::mlir::auxact::AuxActDialect"];
}

def NameLayers : Pass<"auxact-name-layers", "::mlir::func::FuncOp"> {
  let summary = "Carry the names of layers in locations.";
  let description = [{
    Puts the `name` of every layer into its location, so that kernels and saved
    values made from it can be told apart once the layer is gone. Layers without
    a name get one from their operation and number.

    Before: `auxact.relu %x {name = "1"} : ... loc("m.mlir":3:8)`

    After: the same with `loc("1"("m.mlir":3:8))`.
  }];
}

def ShareSavedValues : Pass<"auxact-share-saved-values", "::mlir::func::FuncOp"> {
  let summary = "Do not keep bits of a value that is kept itself.";
  let description = [{
    One saved value serves all readers of a tensor: where a value is kept as it
    is for one layer, the bits that another layer wants are taken from it.

    Before:
    ```mlir
    %b = auxact.encode %y : ...
    %k = auxact.save %b layer "1" rule "relu" exact_bytes 1024 : ...
    %s = auxact.save %y layer "2" rule "exact" exact_bytes 32768 : ...
    ```
    After:
    ```mlir
    %t = auxact.save %y layer "1" rule "relu" exact_bytes 1024 : ...
    %k = auxact.encode %t : ...
    %s = auxact.save %y layer "2" rule "exact" exact_bytes 32768 : ...
    ```
  }];
}

def SelectEntry : Pass<"auxact-select-entry", "::mlir::func::FuncOp"> {
  let summary = "Keep what one entry of the program returns and reads.";
  let description = [{
    Names the function after the entry, drops results that are not in `outputs`
    (results that replace state and gradients stay), and drops inputs that
    nothing reads any more, so that `predict` asks for no labels.

    Before:
    ```mlir
    func.func @mlp(%x: ..., %y: ...) -> (tensor<64x10xf32> {auxact.output = "prediction"}, tensor<f32> {auxact.output = "loss"})
    ```
    After, with `entry=predict outputs=prediction`:
    ```mlir
    func.func @predict(%x: ...) -> (tensor<64x10xf32> {auxact.output = "prediction"})
    ```
  }];
  let options = [
    Option<"entry", "entry", "std::string", /*default=*/"",
           "Name of the entry">,
    ListOption<"outputs", "outputs", "std::string",
               "Outputs to keep, by name">,
    Option<"readOnly", "read-only", "bool", /*default=*/"false",
           "Drop results that replace parameters or state as well">
  ];
}

def SetPrecision : Pass<"auxact-set-precision", "::mlir::func::FuncOp"> {
  let summary = "Round what contractions read and what a step keeps.";
  let description = [{
    Parameters, state, losses and sums stay in float32 whatever the precision.

    `tf32` marks every contraction: a target that has instructions for it may
    round the factors to tf32 (10 bits of fraction); others compute in float32.

    `bfloat16` rounds, to nearest even and NaN kept:
    - the factors of every contraction, which multiplies bf16 values and adds in
      float32. A value is rounded once, where it is made, for all that read it
      so: it is in memory in bf16, and elementwise operations in the same kernel
      still see it unrounded. Sums over such a value read it from there. The
      levels of a decode are taken out of the product as one factor, so that the
      +-epsilon of a sign rule loses nothing;
    - what is kept for the backward, if it has two dimensions or more. Bits are
      kept as they are, taken from the float32 value. Statistics (one number a row or
      feature), inputs, which are in memory anyway, and what the loss reads stay
      in float32.

    `exact_bytes` becomes what exact backpropagation would keep in this
    precision. The outer product of a batch of one row is no contraction and
    stays in float32.

    Before:
    ```mlir
    %k = auxact.save %x layer "0" rule "exact" exact_bytes 8192 : tensor<64x32xf32>
    %g = linalg.generic ins(%d, %k : ...) { mulf, addf }
    ```
    After, with `precision=bfloat16`:
    ```mlir
    %r = linalg.generic ins(%x) { arith.truncf } -> tensor<64x32xbf16>
    %k = auxact.save %r layer "0" rule "exact" exact_bytes 4096 : tensor<64x32xbf16>
    %e = linalg.generic ins(%d) { arith.truncf }
    %g = linalg.generic ins(%e, %k : ...) { extf, extf, mulf, addf }
    ```
    Requires layers and encodings lowered (`-convert-auxact-to-linalg`); leaves
    the linalg stage.
  }];
  let options = [
    Option<"precision", "precision", "std::string", /*default=*/"\"float32\"",
           "float32, tf32 or bfloat16">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ReturnSavedValues : Pass<"auxact-return-saved-values", "::mlir::func::FuncOp"> {
  let summary = "Let an entry return what lies between forward and backward.";
  let description = [{
    Adds one result for each `auxact.save`, in its stored form, marked
    `auxact.output = "saved:<layer>"`; a layer's second one is
    `saved:<layer>.1`. For tests, which compare bits with their own.

    Before:
    ```mlir
    %k = auxact.save %b layer "1" rule "sign" exact_bytes 1024 : tensor<4x4xi8>
    return %l : tensor<f32>
    ```
    After:
    ```mlir
    %k = auxact.save %b layer "1" rule "sign" exact_bytes 1024 : tensor<4x4xi8>
    return %l, %k : tensor<f32>, tensor<4x4xi8>
    ```
    Requires saved values on plain types, as `-convert-auxact-to-linalg` leaves
    them.
  }];
}

//===----------------------------------------------------------------------===//
// Planning
//===----------------------------------------------------------------------===//

def CheckpointBlocks
    : Pass<"auxact-checkpoint-blocks", "::mlir::func::FuncOp"> {
  let summary = "Compute again what a block's backward reads.";
  let description = [{
    Of a block of layers that `auxact.block` marks, what its backward reads is
    made again from the block's inputs, which are kept in its place, right before
    the first of its layers' backward. The forward's own values need not live
    until then.

    Before:
    ```mlir
    %h = auxact.linear %x, %w {auxact.block = "0", name = "0.0"} : ...
    %y = auxact.gelu %h {auxact.block = "0", name = "0.1"} : ...
    ...
    %k = auxact.save %h layer "0.1" rule "gelu" exact_bytes 4096 : ...
    ```
    After:
    ```mlir
    %h = auxact.linear %x, %w {name = "0.0"} : ...
    %y = auxact.gelu %h {name = "0.1"} : ...
    ...
    %s = auxact.save %x layer "0" rule "checkpoint" exact_bytes 4096 : ...
    %k = auxact.linear %s, %w {name = "0.0"} : ...
    ```
    Requires a differentiated entry; leaves the same.
  }];
}

def AnnotateEntry : Pass<"auxact-annotate-entry", "::mlir::func::FuncOp"> {
  let summary = "Note what the plan will be asked for, while layers are there.";
  let description = [{
    Lowering turns layers into kernels, which know neither that an input holds
    labels or tokens nor in which order the network has its layers. This pass
    writes both on the function: `auxact.classes` on an input that chooses classes
    of a loss or rows of a table (`IndexOperandsOpInterface`), itself or through
    operations that only move elements, with `auxact.ignored` for a value that is
    allowed besides and `auxact.label` where a loss reads it; `auxact.layers` with
    the names of the layers in order.

    Before:
    ```mlir
    func.func @f(%x: ..., %y: tensor<64xi32> {auxact.input = "y"}) -> ... {
      %z = auxact.linear %x, %w {name = "0"} : ...
      %l = auxact.cross_entropy %z, %y : (tensor<64x10xf32>, tensor<64xi32>) -> tensor<f32>
    ```
    After:
    ```mlir
    func.func @f(%x: ..., %y: tensor<64xi32> {auxact.input = "y", auxact.classes = 10 : i64, auxact.label})
        -> ... attributes {auxact.layers = ["0", "cross_entropy"]} {
    ```
    Belongs after the loss is appended and before differentiation.
  }];
}

def OrderLaunches : Pass<"auxact-order-launches", "::mlir::func::FuncOp"> {
  let summary = "Order the launches so that less is alive at once.";
  let description = [{
    Chooses, once, the order in which an entry's launches run: a launch comes
    after what it reads, and what overwrites a state after every other reader of
    its old value and after the loss, so that a run that stops at a loss that is
    not finite leaves the state as it was. Of a few list schedules the one with the lowest peak is taken,
    the original order where none is lower. An update that would have to come
    before a reader of the old value is an error that names both.

    Before (both gradients are alive until the updates at the end):
    ```mlir
    %g1 = auxact.launch @gradient(%d1, %x1) : ...
    %g0 = auxact.launch @gradient(%d0, %x0) : ...
    %n0 = auxact.launch @update(%w0, %g0) : ...
    %n1 = auxact.launch @update(%w1, %g1) : ...
    ```
    After:
    ```mlir
    %g1 = auxact.launch @gradient(%d1, %x1) : ...
    %n1 = auxact.launch @update(%w1, %g1) : ...
    %g0 = auxact.launch @gradient(%d0, %x0) : ...
    %n0 = auxact.launch @update(%w0, %g0) : ...
    ```
    Requires entries of launches and views (reshapes, `auxact.save`), which stay
    just before their first reader; leaves kernels alone.
  }];
  let options = [
    Option<"alignment", "alignment", "int64_t", /*default=*/"64",
           "Alignment of every range of the arena, which pads it">
  ];
}

def PlanArena : Pass<"auxact-plan-arena", "::mlir::ModuleOp"> {
  let summary = "Give every value of the plan its bytes.";
  let description = [{
    A launch result that replaces a state overwrites that state; every other
    result, every workspace, staged input and scalar gets a range of the arena,
    which it has for itself from its first to its last use. What the entry
    returns stays to the end. A workspace has a slot for each thread, or for each
    task where there are fewer, each of the `auxact.workspace_bytes` of its
    kernel. Everything is aligned to `alignment` bytes, which the entry notes
    where it is not that of a CPU, 64.

    Before:
    ```mlir
    func.func @step(%x: tensor<16xf32> {auxact.input = "x"},
                    %w: tensor<16xf32> {auxact.parameter = "w", auxact.replaced_by = 0 : i64})
        -> tensor<16xf32> {
      %g = auxact.launch @gradient(%x, %w) : ...
      %n = auxact.launch @update(%w, %g) : ...
      return %n
    ```
    After:
    ```mlir
    func.func @step(%x: tensor<16xf32> {auxact.input = "x", auxact.offset = 0 : i64}, ...)
        -> tensor<16xf32> attributes {auxact.arena_bytes = 128 : i64,
           auxact.lower_bound_bytes = 128 : i64, auxact.peak_bytes = 192 : i64,
           auxact.threads = 1 : i64} {
      %g = auxact.launch @gradient(%x, %w) {placements = [#auxact.place<arena, 64>]} : ...
      %n = auxact.launch @update(%w, %g) {placements = [#auxact.place<state, "w">]} : ...
      return %n
    ```
    `auxact.peak_bytes` is the arena and the state of all entries of the module;
    `auxact.lower_bound_bytes` what any plan of the arena needs in this order.
  }];
  let options = [
    Option<"threads", "threads", "int64_t", /*default=*/"1",
           "Threads that workspaces are planned for">,
    Option<"alignment", "alignment", "int64_t", /*default=*/"64",
           "Alignment of every range of the arena and of every state">,
    Option<"remarks", "remarks", "bool", /*default=*/"false",
           "Say of every saved value why it is kept, and in how many bytes">
  ];
}

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_PASSES_TD
