// RUN: aux-opt %s -verify-diagnostics -split-input-file

// One bit an element.
func.func @shape(%x: tensor<64x100xf32>) -> tensor<64x16xi1, #auxact.bits> {
  // expected-error @+1 {{expects a result of shape [64, 100], but it is [64, 16]}}
  %b = auxact.encode %x : tensor<64x100xf32> -> tensor<64x16xi1, #auxact.bits>
  return %b : tensor<64x16xi1, #auxact.bits>
}

// -----

// A plain predicate says nothing about its bytes.
func.func @plain(%x: tensor<64x100xf32>) -> tensor<64x100xi1> {
  // expected-error @+1 {{result #0 must be tensor of i1 in the #auxact.bits encoding, but got 'tensor<64x100xi1>'}}
  %b = auxact.encode %x : tensor<64x100xf32> -> tensor<64x100xi1>
  return %b : tensor<64x100xi1>
}

// -----

// The encoding is one of predicates.
// expected-error @+1 {{#auxact.bits expects element type i1, but it is 'f32'}}
func.func private @floats(tensor<64x100xf32, #auxact.bits>)

// -----

// Without a last dimension there is no row to pad.
// expected-error @+1 {{#auxact.bits expects at least one dimension}}
func.func private @scalar(tensor<i1, #auxact.bits>)
