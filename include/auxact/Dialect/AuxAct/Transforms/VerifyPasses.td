//===- VerifyPasses.td - What each stage ends in -----------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Passes that check the form in which a stage ends.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_VERIFYPASSES_TD
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_VERIFYPASSES_TD

include "mlir/Pass/PassBase.td"

def VerifyModelStage : Pass<"auxact-verify-model-stage", "::mlir::ModuleOp"> {
  let summary = "Check the form that the model stage ends in.";
  let description = [{
    One public function of one block; every argument marked as an input,
    parameter, buffer, state or scalar, with a name of its own; every result
    named or the new value of an argument, one of them the prediction or the
    loss; layers with names of their own and with rules whose shared tensors are
    operands; shapes that are fixed. Changes nothing.

    ```mlir
    func.func @mlp(%x: tensor<64x784xf32> {auxact.input = "x"},
                   %w: tensor<10x784xf32> {auxact.parameter = "0.weight"})
        -> (tensor<64x10xf32> {auxact.output = "prediction"}) {
      %y = auxact.linear %x, %w {name = "0"} : ...
    ```
  }];
}

def VerifyStepStage : Pass<"auxact-verify-step-stage", "::mlir::ModuleOp"> {
  let summary = "Check the form that the step stage ends in.";
  let description = [{
    Every result is an output or the new value of one argument; where one
    parameter is updated all are, and no gradient is left over; state says what
    it starts from; scalars are single numbers; rules have been applied. Changes
    nothing.

    ```mlir
    func.func @step(..., %w: tensor<10x784xf32> {auxact.parameter = "0.weight", auxact.replaced_by = 1 : i64},
                    %lr: tensor<f32> {auxact.scalar = "lr"})
        -> (tensor<f32> {auxact.output = "loss"}, tensor<10x784xf32>)
    ```
  }];
}

def VerifyLinalgStage : Pass<"auxact-verify-linalg-stage", "::mlir::ModuleOp"> {
  let summary = "Check the form that the linalg stage ends in.";
  let description = [{
    Tensors are plain, of a fixed shape, of elements that kernels know, and made
    by linalg.generic in one of three forms: elementwise (operand maps projected
    permutations, results at the identity), a reduction of one of at most two
    loops by addf, maximumf or minimumf from a linalg.fill, or a contraction
    (m, n parallel, k reduced) of two matrices stored either way round. Beside
    them only fills, empties, constants, views, `auxact.save`,
    `auxact.pack_bits` and `auxact.unpack_bits`. Changes nothing.

    ```mlir
    %y = linalg.generic {iterator_types = ["parallel", "parallel"]} ...
    %b = auxact.pack_bits %i : tensor<64x100xi1> -> tensor<64x16xi8>
    ```
  }];
}

def VerifyKernelsStage : Pass<"auxact-verify-kernels-stage", "::mlir::ModuleOp"> {
  let summary = "Check the form that the kernels stage ends in.";
  let description = [{
    Every function is a kernel (`auxact.kernel`) that something launches, or an
    entry that holds nothing but launches, views, `auxact.save` and its return.

    Accepted:
    ```mlir
    func.func private @kernel_0(...) -> ... attributes {auxact.kernel} { ... }
    func.func @step(...) -> ... {
      %0 = auxact.launch @kernel_0(...) : ...
      return %0 : ...
    }
    ```
  }];
}

def VerifyPlan : Pass<"auxact-verify-plan", "::mlir::ModuleOp"> {
  let summary = "Check a plan, its peak included, against the launches as they are.";
  let description = [{
    Computes anew what is alive when, and fails where an entry holds anything but
    launches and views, a launch has no placement, two values that are alive at
    once share a byte, a state is overwritten before its last reader or in a
    kernel that reads it at other places than it writes, a replaced state is not
    written in place, or the written numbers of bytes are not those of the plan.
    Changes nothing.

    ```mlir
    %h = auxact.launch @k(%x) {placements = [#auxact.place<arena, 64>]} : ...
    ```
  }];
}

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_VERIFYPASSES_TD
