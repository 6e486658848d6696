// RUN: aux-opt %s -verify-diagnostics -split-input-file

// One element a bit.
func.func @shape(%b: tensor<64x100xi1, #auxact.bits>) -> tensor<64x128xf32> {
  // expected-error @+1 {{of shape [64, 100], but it is [64, 128]}}
  %a = auxact.decode %b levels(-0.01, 0.01) : tensor<64x100xi1, #auxact.bits> -> tensor<64x128xf32>
  return %a : tensor<64x128xf32>
}

// -----

// Bytes without an encoding could mean anything.
func.func @plain(%b: tensor<64x100xi1>) -> tensor<64x100xf32> {
  // expected-error @+1 {{operand #0 must be tensor of i1 in the #auxact.bits encoding, but got 'tensor<64x100xi1>'}}
  %a = auxact.decode %b levels(-0.01, 0.01) : tensor<64x100xi1> -> tensor<64x100xf32>
  return %a : tensor<64x100xf32>
}
