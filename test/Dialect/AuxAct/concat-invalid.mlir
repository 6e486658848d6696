// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Other dimensions agree.
func.func @shapes(%c: tensor<1x7xf32>, %x: tensor<4x5x6xf32>) -> tensor<4x6x6xf32> {
  // expected-error @+1 {{expects tensors that agree with 'tensor<4x6x6xf32>' in all dimensions but 1, but one is 'tensor<1x7xf32>'}}
  %y = auxact.concat %c, %x {dim = 1 : i64} : (tensor<1x7xf32>, tensor<4x5x6xf32>) -> tensor<4x6x6xf32>
  return %y : tensor<4x6x6xf32>
}

// -----

// The dimension is one that all have.
func.func @missing(%c: tensor<5x6xf32>, %x: tensor<4x5x6xf32>) -> tensor<5x5x6xf32> {
  // expected-error @+1 {{expects tensors with the dimension 0 of 'tensor<5x5x6xf32>', but one is 'tensor<5x6xf32>'}}
  %y = auxact.concat %c, %x {dim = 0 : i64} : (tensor<5x6xf32>, tensor<4x5x6xf32>) -> tensor<5x5x6xf32>
  return %y : tensor<5x5x6xf32>
}
