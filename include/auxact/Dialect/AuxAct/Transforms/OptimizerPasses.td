//===- OptimizerPasses.td - Gradients and updates ----------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Passes on what happens to gradients and parameters; part of Passes.td.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_OPTIMIZERPASSES_TD
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_OPTIMIZERPASSES_TD

include "mlir/Pass/PassBase.td"

def AccumulateGradients
    : Pass<"auxact-accumulate-gradients", "::mlir::func::FuncOp"> {
  let summary = "Keep sums of gradients in the state, over micro-batches.";
  let description = [{
    Adds every result marked `auxact.output = "gradient:<parameter>"` to a state of
    its own, `auxact.state = "<parameter>.gradient_sum"`, which the sum replaces: an
    entry that takes part in a step and updates nothing.

    With `finish`, for the last micro-batch of a step, the gradient becomes the
    mean, (sum + gradient) / micro_batches, and the sum starts from 0 again;
    `micro_batches`, a rank-0 argument marked `auxact.scalar`, is the number of
    micro-batches, the last one included. Clipping and the update, which come
    after it (`auxact-append-optimizer`), see the mean.

    Before:
    ```mlir
    func.func @accumulate(%w: tensor<8xf32> {auxact.parameter = "w"}) -> (tensor<8xf32> {auxact.output = "gradient:w"})
    ```
    After:
    ```mlir
    func.func @accumulate(%w: tensor<8xf32> {auxact.parameter = "w"},
                          %sum: tensor<8xf32> {auxact.init = 0.0 : f32, auxact.replaced_by = 0 : i64,
                                               auxact.state = "w.gradient_sum"}) -> tensor<8xf32> {
      ...
      %new = linalg.generic ... ins(%sum, %gradient)
    ```
    Requires gradients (`auxact-differentiate`).
  }];
  let options = [
    Option<"finish", "finish", "bool", /*default=*/"false",
           "Return the mean as the gradient, and start the sum anew">
  ];
  let dependentDialects = ["::mlir::auxact::AuxActDialect"];
}

def AppendOptimizer
    : Pass<"auxact-append-optimizer", "::mlir::func::FuncOp"> {
  let summary = "Turn gradients into updates of parameters and optimizer state.";
  let description = [{
    Replaces every result marked `auxact.output = "gradient:<parameter>"` by the
    parameter's new value and the new values of the optimizer's state for it. The
    state becomes arguments marked `auxact.state = "<parameter>.<name>"` that
    start from `auxact.init`; `auxact.replaced_by` on parameters and state names
    their new values. What varies by step is a rank-0 argument marked
    `auxact.scalar`: `lr`, the learning rate, and for `adam` and `adamw` `step`, the
    number of the step, from 1.

    The updates are those of torch.optim.SGD (`momentum` keeps `momentum_buffer`,
    dampening is 0), torch.optim.Adam and torch.optim.AdamW (`exp_avg`,
    `exp_avg_sq`; bias corrections are computed in double precision), the clipping
    is that of
    torch.nn.utils.clip_grad_norm_: gradients times
    min(1, `max-grad-norm` / (norm + 1e-6)), norm over all of them. With an
    `average-decay` d each parameter's running average d * average + (1 - d) *
    parameter is one more state, `ema`, made by the kernel that updates the
    parameter.

    Before:
    ```mlir
    func.func @step(%w: tensor<8x4xf32> {auxact.parameter = "w"})
        -> (tensor<f32> {auxact.output = "loss"},
            tensor<8x4xf32> {auxact.output = "gradient:w"})
    ```
    After, with `momentum=0.9`:
    ```mlir
    func.func @step(%w: tensor<8x4xf32> {auxact.parameter = "w", auxact.replaced_by = 1 : i64},
                    %lr: tensor<f32> {auxact.scalar = "lr"},
                    %m: tensor<8x4xf32> {auxact.init = 0.0 : f32, auxact.replaced_by = 2 : i64,
                                         auxact.state = "w.momentum_buffer"})
        -> (tensor<f32> {auxact.output = "loss"}, tensor<8x4xf32>, tensor<8x4xf32>) {
      ...
      %new:2 = linalg.generic ... ins(%w, %gradient, %lr, %m)
    ```
    Requires gradients (`auxact-differentiate`); leaves none of them, and every
    parameter replaced.
  }];
  let options = [
    Option<"optimizer", "optimizer", "std::string", /*default=*/"\"sgd\"",
           "`sgd`, `adam` or `adamw`">,
    Option<"momentum", "momentum", "double", /*default=*/"0.0",
           "sgd: factor of the momentum buffer, 0 for none">,
    Option<"nesterov", "nesterov", "bool", /*default=*/"false",
           "sgd: Nesterov momentum">,
    Option<"weightDecay", "weight-decay", "double", /*default=*/"0.0",
           "sgd, adam: factor of the parameter added to its gradient; adamw: share of "
           "the parameter taken off a step, times the learning rate">,
    Option<"beta1", "beta1", "double", /*default=*/"0.9",
           "adam, adamw: decay of the mean gradient a step, in [0, 1)">,
    Option<"beta2", "beta2", "double", /*default=*/"0.999",
           "adam, adamw: decay of the mean squared gradient a step, in [0, 1)">,
    Option<"epsilon", "epsilon", "double", /*default=*/"1e-8",
           "adam, adamw: added to the root of the mean squared gradient">,
    Option<"maxGradNorm", "max-grad-norm", "double", /*default=*/"0.0",
           "Largest 2-norm of all gradients together, 0 for no clipping">,
    Option<"averageDecay", "average-decay", "double", /*default=*/"0.0",
           "Decay of the parameters' running averages a step, in [0, 1), 0 for "
           "none">
  ];
  let dependentDialects = ["::mlir::auxact::AuxActDialect"];
}

def UseAverages : Pass<"auxact-use-averages", "::mlir::func::FuncOp"> {
  let summary = "Read the running averages of parameters instead of parameters.";
  let description = [{
    Every argument marked `auxact.parameter = "<name>"` becomes the state
    `auxact.state = "<name>.ema"`, which `auxact-append-optimizer` keeps with an
    `average-decay`. Buffers stay. The entry may not update a parameter.

    Before:
    ```mlir
    func.func @predict(%w: tensor<8x4xf32> {auxact.parameter = "w"})
    ```
    After:
    ```mlir
    func.func @predict(%w: tensor<8x4xf32> {auxact.init = 0.0 : f32, auxact.state = "w.ema"})
    ```
  }];
}

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_OPTIMIZERPASSES_TD
