// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse | FileCheck %s

// CHECK-LABEL: func @embedding(
// CHECK-SAME: %[[T:.*]]: tensor<4x5xi32>, %[[W:.*]]: tensor<10x8xf32>
// CHECK: %[[LIST:.*]] = tensor.collapse_shape %[[T]] {{\[\[}}0, 1]] : tensor<4x5xi32> into tensor<20xi32>
// CHECK: %[[ROWS:.*]] = auxact.gather_rows %[[W]], %[[LIST]] : (tensor<10x8xf32>, tensor<20xi32>) -> tensor<20x8xf32>
// CHECK: tensor.expand_shape %[[ROWS]] {{.*}} : tensor<20x8xf32> into tensor<4x5x8xf32>
func.func @embedding(%t: tensor<4x5xi32>, %w: tensor<10x8xf32>) -> tensor<4x5x8xf32> {
  %x = auxact.embedding %t, %w : (tensor<4x5xi32>, tensor<10x8xf32>) -> tensor<4x5x8xf32>
  return %x : tensor<4x5x8xf32>
}
