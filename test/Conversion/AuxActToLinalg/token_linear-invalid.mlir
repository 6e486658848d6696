// RUN: aux-opt %s -convert-auxact-to-linalg -verify-diagnostics

// A rule that nobody has applied.
func.func @rule(%x: tensor<4x6x8xf32>, %w: tensor<5x6xf32>) -> tensor<4x5x8xf32> {
  // expected-error @+2 {{still has the rule 'sign'; expected rules to be applied before the conversion to linalg (-auxact-differentiate, -auxact-apply-forward-rules)}}
  // expected-error @+1 {{failed to legalize operation 'auxact.token_linear'}}
  %y = auxact.token_linear %x, %w {rule = #auxact.sign<>} : (tensor<4x6x8xf32>, tensor<5x6xf32>) -> tensor<4x5x8xf32>
  return %y : tensor<4x5x8xf32>
}
