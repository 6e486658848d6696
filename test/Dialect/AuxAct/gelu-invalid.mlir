// RUN: aux-opt %s -verify-diagnostics -split-input-file

// A form that does not exist.
func.func @form(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+2 {{to be one of: none, tanh}}
  // expected-error @+1 {{failed to parse AuxAct_GeluApproximationAttr}}
  %y = auxact.gelu %x {approximate = #auxact.gelu<sigmoid>} : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// Integers have no gradient.
func.func @integers(%x: tensor<4x8xi32>) -> tensor<4x8xi32> {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of floating-point values, but got 'tensor<4x8xi32>'}}
  %y = auxact.gelu %x : tensor<4x8xi32>
  return %y : tensor<4x8xi32>
}
