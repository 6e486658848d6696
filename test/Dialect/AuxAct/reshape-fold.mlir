// RUN: aux-opt %s -canonicalize | FileCheck %s

// A reshape to the same type is the value itself.
// CHECK-LABEL: func.func @same
//  CHECK-SAME:   (%[[X:.*]]: tensor<4x8xf32>)
//   CHECK-NOT:   auxact.reshape
//       CHECK:   return %[[X]]
func.func @same(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = auxact.reshape %x : tensor<4x8xf32> -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// Two in a row are one.
// CHECK-LABEL: func.func @chain
//  CHECK-SAME:   (%[[X:.*]]: tensor<4x2x4xf32>)
//       CHECK:   %[[Y:.*]] = auxact.reshape %[[X]] : tensor<4x2x4xf32> -> tensor<32xf32>
//  CHECK-NEXT:   return %[[Y]]
func.func @chain(%x: tensor<4x2x4xf32>) -> tensor<32xf32> {
  %y = auxact.reshape %x : tensor<4x2x4xf32> -> tensor<4x8xf32>
  %z = auxact.reshape %y : tensor<4x8xf32> -> tensor<32xf32>
  return %z : tensor<32xf32>
}
