// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Nothing is broadcast.
func.func @shapes(%x: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %h = "auxact.add"(%x, %b) : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return %h : tensor<4x8xf32>
}
