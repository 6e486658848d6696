// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse -split-input-file | FileCheck %s

// What is beyond the image is no candidate.
// CHECK-LABEL: func @greatest(
// CHECK-DAG: arith.constant 0xFF800000 : f32
// CHECK-DAG: %[[V:.*]] = auxact.affine_view %{{.*}} : tensor<2x7x8x5xf32> -> tensor<32x9x5xf32>
// CHECK-DAG: %[[M:.*]] = auxact.affine_view %{{.*}} : tensor<2x7x8xi1> -> tensor<32x9x5xi1>
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel"]} ins(%[[V]], %[[M]]
// CHECK: arith.maximumf
func.func @greatest(%x: tensor<2x7x8x5xf32>) -> tensor<2x4x4x5xf32> {
  %y = auxact.max_pool2d %x {window = array<i64: 3, 3>, stride = array<i64: 2, 2>, padding = array<i64: 1, 1>} : (tensor<2x7x8x5xf32>) -> tensor<2x4x4x5xf32>
  return %y : tensor<2x4x4x5xf32>
}

// -----

// CHECK-LABEL: func @means(
// CHECK-DAG: arith.constant 2.500000e-01 : f32
// CHECK-DAG: arith.constant 6.250000e-02 : f32
// CHECK: auxact.affine_view %{{.*}} : tensor<2x8x8x5xf32> -> tensor<32x4x5xf32>
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel"]}
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel"]} ins(%{{.*}} : tensor<2x16x5xf32>)
func.func @means(%x: tensor<2x8x8x5xf32>) -> tensor<2x5xf32> {
  %y = auxact.avg_pool2d %x {window = array<i64: 2, 2>, stride = array<i64: 2, 2>} : (tensor<2x8x8x5xf32>) -> tensor<2x4x4x5xf32>
  %z = auxact.global_avg_pool2d %y : (tensor<2x4x4x5xf32>) -> tensor<2x5xf32>
  return %z : tensor<2x5xf32>
}
