// RUN: aux-test-opt %s -verify-diagnostics -split-input-file

// The layer's verifier asks the rule.
func.func @rank(%x: tensor<4x5x8xf32>, %w: tensor<3x8xf32>) -> tensor<4x5x3xf32> {
  // expected-error @+1 {{has the rule 'row_mean', which expects an input of two dimensions, but it is 'tensor<4x5x8xf32>'}}
  %y = auxact.linear %x, %w {rule = #auxact_test.row_mean<target = 3.0>} : (tensor<4x5x8xf32>, tensor<3x8xf32>) -> tensor<4x5x3xf32>
  return %y : tensor<4x5x3xf32>
}
