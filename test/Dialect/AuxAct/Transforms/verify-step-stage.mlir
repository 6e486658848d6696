// RUN: aux-opt %s -auxact-verify-step-stage | FileCheck %s

// CHECK: func @step
func.func @step(%x: tensor<4xf32> {auxact.input = "x"},
                %w: tensor<4xf32> {auxact.parameter = "w", auxact.replaced_by = 1 : i64},
                %m: tensor<4xf32> {auxact.state = "w.momentum_buffer", auxact.init = 0.0 : f32, auxact.replaced_by = 2 : i64},
                %lr: tensor<f32> {auxact.scalar = "lr"})
    -> (tensor<f32> {auxact.output = "loss"}, tensor<4xf32>, tensor<4xf32>) {
  return %lr, %w, %m : tensor<f32>, tensor<4xf32>, tensor<4xf32>
}

// Gradients without updates are an entry of their own.
// CHECK: func @gradients
func.func @gradients(%w: tensor<4xf32> {auxact.parameter = "w"}) -> (tensor<4xf32> {auxact.output = "gradient:w"}) {
  return %w : tensor<4xf32>
}
