// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Every dimension once.
func.func @twice(%x: tensor<4x5x6xf32>) -> tensor<4x6x5xf32> {
  // expected-error @+2 {{'auxact.transpose' op expects a permutation of the dimensions of 'tensor<4x5x6xf32>', but it is [0, 2, 2]}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = auxact.transpose %x {permutation = array<i64: 0, 2, 2>} : tensor<4x5x6xf32> -> tensor<4x6x5xf32>
  return %y : tensor<4x6x5xf32>
}
