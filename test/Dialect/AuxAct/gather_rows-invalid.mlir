// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Indices are a list.
func.func @matrix(%w: tensor<10x8xf32>, %i: tensor<2x2xi32>) -> tensor<2x2x8xf32> {
  // expected-error @+1 {{expects a list of indices, but they are 'tensor<2x2xi32>'}}
  %x = auxact.gather_rows %w, %i : (tensor<10x8xf32>, tensor<2x2xi32>) -> tensor<2x2x8xf32>
  return %x : tensor<2x2x8xf32>
}
