// RUN: aux-opt %s -verify-diagnostics -split-input-file

// What is kept has a size.
func.func @dynamic(%x: tensor<?x100xf32>) -> tensor<?x100xf32> {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of any type values, but got 'tensor<?x100xf32>'}}
  %k = auxact.save %x layer "0" rule "exact" exact_bytes 25600 : tensor<?x100xf32>
  return %k : tensor<?x100xf32>
}

// -----

// A reader is named.
func.func @layer(%x: tensor<64x100xf32>) -> tensor<64x100xf32> {
  // expected-error @+1 {{expected 'layer'}}
  %k = auxact.save %x rule "exact" exact_bytes 25600 : tensor<64x100xf32>
  return %k : tensor<64x100xf32>
}
