// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse -split-input-file | FileCheck %s

// A contraction of a view of the image and the filters as they lie; the bias is
// an epilogue.

// CHECK: #[[$WINDOWS:.*]] = affine_map<(d0, d1) -> (d0 floordiv 64, {{.*}}, d1 mod 16)>
// CHECK-LABEL: func @windows(
// CHECK-SAME: %[[X:.*]]: tensor<2x8x8x16xf32>, %[[W:.*]]: tensor<8x3x3x16xf32>
// CHECK-DAG: %[[V:.*]] = auxact.affine_view %[[X]] at #[[$WINDOWS]] : tensor<2x8x8x16xf32> -> tensor<128x144xf32>
// CHECK-DAG: %[[F:.*]] = tensor.collapse_shape %[[W]] {{\[\[}}0], [1, 2, 3]]
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[V]], %[[F]]
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]}
// CHECK: arith.addf
func.func @windows(%x: tensor<2x8x8x16xf32>, %w: tensor<8x3x3x16xf32>, %b: tensor<8xf32>) -> tensor<2x8x8x8xf32> {
  %y = auxact.conv2d %x, %w, %b {padding = array<i64: 1, 1>} : (tensor<2x8x8x16xf32>, tensor<8x3x3x16xf32>, tensor<8xf32>) -> tensor<2x8x8x8xf32>
  return %y : tensor<2x8x8x8xf32>
}

// -----

// One pixel and stride 1: no view.
// CHECK-LABEL: func @pointwise(
// CHECK-NOT: affine_view
// CHECK: return
func.func @pointwise(%x: tensor<2x8x8x16xf32>, %w: tensor<8x1x1x16xf32>) -> tensor<2x8x8x8xf32> {
  %y = auxact.conv2d %x, %w : (tensor<2x8x8x16xf32>, tensor<8x1x1x16xf32>) -> tensor<2x8x8x8xf32>
  return %y : tensor<2x8x8x8xf32>
}

// -----

// A row of a window of few channels is one dimension of the view.
// CHECK-LABEL: func @stem(
// CHECK: auxact.affine_view %{{.*}} as [2, 9, 27] at {{.*}} : tensor<2x9x9x3xf32> -> tensor<50x27xf32>
func.func @stem(%x: tensor<2x9x9x3xf32>, %w: tensor<8x3x3x3xf32>) -> tensor<2x5x5x8xf32> {
  %y = auxact.conv2d %x, %w {stride = array<i64: 2, 2>, padding = array<i64: 1, 1>} : (tensor<2x9x9x3xf32>, tensor<8x3x3x3xf32>) -> tensor<2x5x5x8xf32>
  return %y : tensor<2x5x5x8xf32>
}

// -----

// Groups are a batch of contractions; a channel a group is a reduction over taps.
// CHECK-LABEL: func @groups(
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel"]}
func.func @groups(%x: tensor<2x8x8x16xf32>, %w: tensor<16x3x3x4xf32>, %v: tensor<16x3x3x1xf32>) -> tensor<2x4x4x16xf32> {
  %y = auxact.conv2d %x, %w {groups = 4 : i64} : (tensor<2x8x8x16xf32>, tensor<16x3x3x4xf32>) -> tensor<2x6x6x16xf32>
  %z = auxact.conv2d %y, %v {groups = 16 : i64} : (tensor<2x6x6x16xf32>, tensor<16x3x3x1xf32>) -> tensor<2x4x4x16xf32>
  return %z : tensor<2x4x4x16xf32>
}
