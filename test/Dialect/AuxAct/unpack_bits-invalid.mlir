// RUN: aux-opt %s -verify-diagnostics -split-input-file

// The bytes of another row length.
func.func @padding(%p: tensor<64x16xi8>) -> tensor<64x90xi1> {
  // expected-error @+1 {{expects 'tensor<64x90xi1>' to be stored as 'tensor<64x12xi8>', but the bytes are 'tensor<64x16xi8>'}}
  %i = auxact.unpack_bits %p : tensor<64x16xi8> -> tensor<64x90xi1>
  return %i : tensor<64x90xi1>
}

// -----

// No element has three bits.
func.func @three(%p: tensor<64x16xi8>) -> tensor<64x40xi3> {
  // expected-error @+1 {{result #0 must be}}
  %i = auxact.unpack_bits %p : tensor<64x16xi8> -> tensor<64x40xi3>
  return %i : tensor<64x40xi3>
}
