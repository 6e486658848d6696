// RUN: aux-opt %s -convert-auxact-to-linalg -split-input-file -verify-diagnostics

// A rule that is still there would be lost: it is applied before.
func.func @rule(%x: tensor<4x8xf32>, %w: tensor<2x8xf32>) -> tensor<4x2xf32> {
  // expected-error@below {{still has the rule 'sign'; expected rules to be applied before the conversion to linalg}}
  // expected-error@below {{failed to legalize operation 'auxact.linear'}}
  %y = auxact.linear %x, %w {rule = #auxact.sign<epsilon = 0.01, gain = 100.0>} : (tensor<4x8xf32>, tensor<2x8xf32>) -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// -----

// A launch belongs to a later stage.
func.func private @kernel_0(tensor<4xf32>) -> tensor<4xf32>
func.func @launch(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@below {{failed to legalize operation 'auxact.launch'}}
  %y = auxact.launch @kernel_0(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
