// RUN: aux-opt %s -canonicalize | FileCheck %s

// There and back is nothing.

// CHECK-LABEL: func.func @back
//  CHECK-SAME:   (%[[X:.*]]: tensor<4x5x6xf32>)
//       CHECK:   return %[[X]]
func.func @back(%x: tensor<4x5x6xf32>) -> tensor<4x5x6xf32> {
  %y = auxact.transpose %x {permutation = array<i64: 1, 2, 0>} : tensor<4x5x6xf32> -> tensor<5x6x4xf32>
  %z = auxact.transpose %y {permutation = array<i64: 2, 0, 1>} : tensor<5x6x4xf32> -> tensor<4x5x6xf32>
  return %z : tensor<4x5x6xf32>
}

// Two are one.

// CHECK-LABEL: func.func @twice
//  CHECK-SAME:   (%[[X:.*]]: tensor<4x5x6xf32>)
//       CHECK:   %[[Y:.*]] = auxact.transpose %[[X]] {permutation = array<i64: 2, 0, 1>} : tensor<4x5x6xf32> -> tensor<6x4x5xf32>
//       CHECK:   return %[[Y]]
func.func @twice(%x: tensor<4x5x6xf32>) -> tensor<6x4x5xf32> {
  %y = auxact.transpose %x {permutation = array<i64: 1, 2, 0>} : tensor<4x5x6xf32> -> tensor<5x6x4xf32>
  %z = auxact.transpose %y {permutation = array<i64: 1, 2, 0>} : tensor<5x6x4xf32> -> tensor<6x4x5xf32>
  return %z : tensor<6x4x5xf32>
}
