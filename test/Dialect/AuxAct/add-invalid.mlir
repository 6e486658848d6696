// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Leading dimensions only are repeated.
func.func @shapes(%x: tensor<4x8xf32>, %b: tensor<4xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expects operands of the result's shape, or without leading dimensions of it, but the result is 'tensor<4x8xf32>' and one operand is 'tensor<4xf32>'}}
  %h = auxact.add %x, %b : tensor<4x8xf32>, tensor<4xf32>
  return %h : tensor<4x8xf32>
}
