// RUN: aux-opt %s -auxact-differentiate -split-input-file -verify-diagnostics

// An operation that has not joined.
func.func @sine(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"}) -> (tensor<f32> {auxact.output = "loss"}) {
  // expected-error@below {{has no gradient, but stands between a parameter and the loss}}
  // expected-note@below {{expected it to implement DifferentiableOpInterface}}
  %y = math.sin %a : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// Single numbers that are no tensors.
func.func @scalar(%t: tensor<f32> {auxact.input = "t"}, %a: f32 {auxact.parameter = "a"}, %b: f32 {auxact.parameter = "b"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %s = arith.addf %a, %b : f32
  // expected-error@below {{has no gradient, but stands between a parameter and the loss}}
  // expected-note@below {{expected it to implement DifferentiableOpInterface}}
  %y = tensor.from_elements %s : tensor<f32>
  %l = auxact.mean_squared_error %y, %t : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %l : tensor<f32>
}
