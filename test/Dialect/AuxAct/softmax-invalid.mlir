// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Numbers with a fraction.
func.func @integers(%x: tensor<4x10xi32>) -> tensor<4x10xi32> {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of floating-point values, but got 'tensor<4x10xi32>'}}
  %y = auxact.softmax %x : tensor<4x10xi32>
  return %y : tensor<4x10xi32>
}

// -----

// There is a last dimension to sum over.
func.func @rank(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expects at least one dimension}}
  %y = auxact.softmax %x : tensor<f32>
  return %y : tensor<f32>
}
