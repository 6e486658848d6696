// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @cross_entropy
//  CHECK-SAME:   (%[[Z:.*]]: tensor<64x10xf32>, %[[Y:.*]]: tensor<64xi32>)
//       CHECK:   auxact.cross_entropy %[[Z]], %[[Y]] {label_smoothing = 1.000000e-01 : f32}
//  CHECK-SAME:     : (tensor<64x10xf32>, tensor<64xi32>) -> tensor<f32>
func.func @cross_entropy(%z: tensor<64x10xf32>, %y: tensor<64xi32>) -> tensor<f32> {
  %l = auxact.cross_entropy %z, %y {label_smoothing = 0.1 : f32} : (tensor<64x10xf32>, tensor<64xi32>) -> tensor<f32>
  return %l : tensor<f32>
}

// One label a position; 64-bit labels; no smoothing.
// CHECK-LABEL: func.func @positions
//       CHECK:   auxact.cross_entropy %{{.*}}, %{{.*}} : (tensor<4x7x10xf32>, tensor<4x7xi64>) -> tensor<f32>
func.func @positions(%z: tensor<4x7x10xf32>, %y: tensor<4x7xi64>) -> tensor<f32> {
  %l = auxact.cross_entropy %z, %y : (tensor<4x7x10xf32>, tensor<4x7xi64>) -> tensor<f32>
  return %l : tensor<f32>
}
