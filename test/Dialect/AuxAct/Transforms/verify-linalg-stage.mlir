// RUN: aux-opt %s -auxact-differentiate -auxact-append-optimizer="optimizer=adamw max-grad-norm=1.0" -convert-auxact-to-linalg -canonicalize -cse -auxact-verify-linalg-stage | FileCheck %s

// What the passes of the stage make of every layer is in its form.

// CHECK: func @step
func.func @step(%x: tensor<2x3x8xf32> {auxact.input = "x"}, %y: tensor<2x3xi64> {auxact.input = "y"},
                %w: tensor<8x8xf32> {auxact.parameter = "w"}, %b: tensor<8xf32> {auxact.parameter = "b"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %0 = auxact.linear %x, %w, %b {name = "0"} : (tensor<2x3x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  %1 = auxact.relu %0 {name = "1"} : tensor<2x3x8xf32>
  %2 = auxact.linear %1, %w {name = "2", rule = #auxact.sign<epsilon = 0.01, gain = mean_abs, nonnegative>} : (tensor<2x3x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  %3 = auxact.add %2, %0 : tensor<2x3x8xf32>
  %4 = auxact.gelu %3 {name = "4"} : tensor<2x3x8xf32>
  %5 = auxact.linear %4, %w {name = "5", rule = #auxact.sign<center>} : (tensor<2x3x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  %6 = auxact.gelu %5 {name = "6", approximate = #auxact.gelu<tanh>} : tensor<2x3x8xf32>
  %7 = auxact.linear %6, %w {name = "7", rule = #auxact.recompute} : (tensor<2x3x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  %l = auxact.cross_entropy %7, %y {label_smoothing = 0.1 : f32} : (tensor<2x3x8xf32>, tensor<2x3xi64>) -> tensor<f32>
  return %l : tensor<f32>
}
