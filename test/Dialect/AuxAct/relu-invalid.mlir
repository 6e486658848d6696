// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Integers have no gradient.
func.func @integers(%x: tensor<4x8xi32>) -> tensor<4x8xi32> {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of floating-point values, but got 'tensor<4x8xi32>'}}
  %y = auxact.relu %x : tensor<4x8xi32>
  return %y : tensor<4x8xi32>
}

// -----

// No dynamic shapes.
func.func @dynamic(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of floating-point values, but got 'tensor<?x8xf32>'}}
  %y = auxact.relu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
