// RUN: aux-opt %s -auxact-differentiate -split-input-file | FileCheck %s

// CHECK-LABEL: func @collapse(
// CHECK: auxact.reshape %{{.*}} : tensor<8xf32> -> tensor<2x4xf32>
// CHECK: return {{.*}} tensor<2x4xf32>
func.func @collapse(%t: tensor<8xf32> {auxact.input = "t"}, %a: tensor<2x4xf32> {auxact.parameter = "a"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = tensor.collapse_shape %a [[0, 1]] : tensor<2x4xf32> into tensor<8xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<8xf32>, tensor<8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// CHECK-LABEL: func @expand(
// CHECK: auxact.reshape %{{.*}} : tensor<2x4xf32> -> tensor<8xf32>
// CHECK: return {{.*}} tensor<8xf32>
func.func @expand(%t: tensor<2x4xf32> {auxact.input = "t"}, %a: tensor<8xf32> {auxact.parameter = "a"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = tensor.expand_shape %a [[0, 1]] output_shape [2, 4] : tensor<8xf32> into tensor<2x4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
