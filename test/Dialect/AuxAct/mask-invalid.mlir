// RUN: aux-opt %s -verify-diagnostics -split-input-file

// One bit an element.
func.func @shape(%g: tensor<64x100xf32>, %b: tensor<64x99xi1, #auxact.bits>) -> tensor<64x100xf32> {
  // expected-error @+1 {{of shape [64, 100], but it is [64, 99]}}
  %d = auxact.mask %g, %b : tensor<64x100xf32>, tensor<64x99xi1, #auxact.bits>
  return %d : tensor<64x100xf32>
}
