// RUN: aux-opt %s -verify-diagnostics -split-input-file

// A column is not broadcast against a row: the classic silent mistake.
func.func @shapes(%p: tensor<64x1xf32>, %t: tensor<64xf32>) -> tensor<f32> {
  // expected-error @+1 {{expects a target of type 'tensor<64x1xf32>', but it is 'tensor<64xf32>'}}
  %l = auxact.mean_squared_error %p, %t : (tensor<64x1xf32>, tensor<64xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
