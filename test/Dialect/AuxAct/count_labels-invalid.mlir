// RUN: aux-opt %s -verify-diagnostics -split-input-file

// The count is a number.
func.func @result(%y: tensor<4xi32>) -> tensor<4xf32> {
  // expected-error @+1 {{result #0 must be 0D tensor of floating-point values, but got 'tensor<4xf32>'}}
  %n = auxact.count_labels %y {ignored = -100 : i64} : tensor<4xi32> -> tensor<4xf32>
  return %n : tensor<4xf32>
}
