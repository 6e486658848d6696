// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Thirteen bytes hold the bits, but rows are padded to four.
func.func @padding(%i: tensor<64x100xi1>) -> tensor<64x13xi8> {
  // expected-error @+1 {{expects 'tensor<64x100xi1>' to be stored as 'tensor<64x16xi8>', but the bytes are 'tensor<64x13xi8>'}}
  %p = auxact.pack_bits %i : tensor<64x100xi1> -> tensor<64x13xi8>
  return %p : tensor<64x13xi8>
}

// -----

// Without a last dimension there is no row to pad.
func.func @scalar(%i: tensor<i1>) -> tensor<4xi8> {
  // expected-error @+1 {{expects at least one dimension}}
  %p = auxact.pack_bits %i : tensor<i1> -> tensor<4xi8>
  return %p : tensor<4xi8>
}

// -----

// Four bits an element take four times as much.
func.func @wider(%i: tensor<64x100xi4>) -> tensor<64x16xi8> {
  // expected-error @+1 {{expects 'tensor<64x100xi4>' to be stored as 'tensor<64x52xi8>', but the bytes are 'tensor<64x16xi8>'}}
  %p = auxact.pack_bits %i : tensor<64x100xi4> -> tensor<64x16xi8>
  return %p : tensor<64x16xi8>
}
