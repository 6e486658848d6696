// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Elements do not appear from nowhere.
func.func @elements(%x: tensor<4x8xf32>) -> tensor<4x9xf32> {
  // expected-error @+1 {{expects a result of 32 elements, as 'tensor<4x8xf32>' has, but 'tensor<4x9xf32>' has 36}}
  %y = auxact.reshape %x : tensor<4x8xf32> -> tensor<4x9xf32>
  return %y : tensor<4x9xf32>
}

// -----

// A view does not convert.
func.func @element_type(%x: tensor<4x8xf32>) -> tensor<32xf64> {
  // expected-error @+1 {{expects a result of element type 'f32', but it is 'f64'}}
  %y = auxact.reshape %x : tensor<4x8xf32> -> tensor<32xf64>
  return %y : tensor<32xf64>
}

// -----

// Rows of bits are padded, so their bytes are no view of another shape's.
func.func @encoded(%b: tensor<4x8xi1, #auxact.bits>) -> tensor<32xi1, #auxact.bits> {
  // expected-error @+1 {{expects plain tensors: the rows of an encoded tensor are padded, so reshape before encoding}}
  %y = auxact.reshape %b : tensor<4x8xi1, #auxact.bits> -> tensor<32xi1, #auxact.bits>
  return %y : tensor<32xi1, #auxact.bits>
}
