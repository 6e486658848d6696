// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Numbers with a fraction.
func.func @integers(%x: tensor<4x10xi32>) -> tensor<4x10xi32> {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of floating-point values, but got 'tensor<4x10xi32>'}}
  %y = auxact.silu %x : tensor<4x10xi32>
  return %y : tensor<4x10xi32>
}
