// RUN: aux-opt %s -verify-diagnostics -split-input-file

// One number a row.
func.func @result(%z: tensor<64x10xf32>) -> tensor<10xf32> {
  // expected-error @+1 {{expects a result of type 'tensor<64xf32>', but it is 'tensor<10xf32>'}}
  %s = auxact.log_sum_exp %z : tensor<64x10xf32> -> tensor<10xf32>
  return %s : tensor<10xf32>
}

// -----

// A single number has no last dimension.
func.func @scalar(%z: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expects at least one dimension}}
  %s = auxact.log_sum_exp %z : tensor<f32> -> tensor<f32>
  return %s : tensor<f32>
}
