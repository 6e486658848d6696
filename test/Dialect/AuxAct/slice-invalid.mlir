// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Inside the dimension.
func.func @outside(%x: tensor<4x5x6xf32>) -> tensor<4x3x6xf32> {
  // expected-error @+1 {{expects a part of the 5 elements of dimension 1 of 'tensor<4x5x6xf32>', but it is 3 from 3}}
  %y = auxact.slice %x {dim = 1 : i64, start = 3 : i64, size = 3 : i64} : tensor<4x5x6xf32> -> tensor<4x3x6xf32>
  return %y : tensor<4x3x6xf32>
}

// -----

func.func @dimension(%x: tensor<4x5xf32>) -> tensor<4x3xf32> {
  // expected-error @+2 {{'auxact.slice' op expects a dimension of 'tensor<4x5xf32>', but it is 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = auxact.slice %x {dim = 2 : i64, start = 0 : i64, size = 3 : i64} : tensor<4x5xf32> -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}
