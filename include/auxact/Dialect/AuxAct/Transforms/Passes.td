//===- Passes.td - Transformations of the auxact dialect -------*- tablegen -*-===//
//
// Part of auxact. Passes that turn a model into a training step and a plan.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_PASSES_TD
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

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

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_PASSES_TD
