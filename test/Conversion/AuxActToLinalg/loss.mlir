// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse -split-input-file | FileCheck %s

// The row's loss is one reduction over the classes, the mean a second one; the
// log-sum-exp that the backward keeps is the one that the loss is made of.

// CHECK-LABEL: func @cross_entropy(
// CHECK-SAME: %[[Z:.*]]: tensor<64x10xf32>, %[[Y:.*]]: tensor<64xi32>
// CHECK: %[[MAX:.*]] = linalg.generic {{.*}}["parallel", "reduction"]} ins(%[[Z]]
// CHECK: arith.maximumf
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}}["parallel", "reduction"]} ins(%[[Z]], %[[MAX]]
// CHECK: arith.subf
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: %[[LSE:.*]] = linalg.generic {{.*}}["parallel"]} ins(%[[SUM]], %[[MAX]]
// CHECK: math.log
// CHECK-NOT: math.exp
// CHECK: %[[ROW:.*]] = linalg.generic {{.*}}["parallel", "reduction"]} ins(%[[Z]], %[[LSE]], %[[Y]]
// CHECK: linalg.index 1
// CHECK: arith.index_cast %{{.*}} : i32 to index
// CHECK: arith.cmpi eq
// CHECK: arith.select
// CHECK: linalg.generic {{.*}}["reduction"]} ins(%[[ROW]]
// CHECK: %[[MEAN:.*]] = linalg.generic {{.*}}iterator_types = []}
// CHECK: arith.mulf %{{.*}}, %{{.*}} : f32
// CHECK: return %[[MEAN]], %[[LSE]]
func.func @cross_entropy(%z: tensor<64x10xf32>, %y: tensor<64xi32>) -> (tensor<f32>, tensor<64xf32>) {
  %l = auxact.cross_entropy %z, %y {label_smoothing = 0.0 : f32} : (tensor<64x10xf32>, tensor<64xi32>) -> tensor<f32>
  %s = auxact.log_sum_exp %z : tensor<64x10xf32> -> tensor<64xf32>
  return %l, %s : tensor<f32>, tensor<64xf32>
}

// -----

// With smoothing every class has a share. Labels may be i64.

// CHECK-LABEL: func @smoothing(
// CHECK-DAG: %[[OFF:.*]] = arith.constant 2.500000e-02 : f32
// CHECK-DAG: %[[ON:.*]] = arith.constant 9.250000e-01 : f32
// CHECK: arith.index_cast %{{.*}} : i64 to index
// CHECK: arith.select %{{.*}}, %[[ON]], %[[OFF]] : f32
// CHECK: arith.mulf
func.func @smoothing(%z: tensor<64x4xf32>, %y: tensor<64xi64>) -> tensor<f32> {
  %l = auxact.cross_entropy %z, %y {label_smoothing = 0.1 : f32} : (tensor<64x4xf32>, tensor<64xi64>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// One loss a position: rows of one matrix.

// CHECK-LABEL: func @positions(
// CHECK: tensor.collapse_shape %{{.*}} {{\[\[}}0, 1]] : tensor<2x3xi32> into tensor<6xi32>
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<6x4xf32>, tensor<6xf32>, tensor<6xi32>)
func.func @positions(%z: tensor<2x3x4xf32>, %y: tensor<2x3xi32>) -> tensor<f32> {
  %l = auxact.cross_entropy %z, %y : (tensor<2x3x4xf32>, tensor<2x3xi32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// The mean over the rows that count: a row that is ignored has loss 0.

// CHECK-LABEL: func @ignored(
// CHECK-DAG: %[[IGNORED:.*]] = arith.constant -100 : i32
// CHECK: linalg.generic {{.*}}["reduction"]}
// CHECK: arith.cmpi eq, %{{.*}}, %[[IGNORED]]
// CHECK: arith.maximumf
// CHECK: arith.divf
func.func @ignored(%z: tensor<64x4xf32>, %y: tensor<64xi32>) -> tensor<f32> {
  %l = auxact.cross_entropy %z, %y {label_smoothing = 0.0 : f32, ignore_index = -100 : i64} : (tensor<64x4xf32>, tensor<64xi32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// CHECK-LABEL: func @mean_squared_error(
// CHECK: linalg.generic {{.*}}["parallel", "reduction"]}
// CHECK: arith.subf
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}}["reduction"]}
// CHECK: linalg.generic {{.*}}iterator_types = []}
// CHECK: arith.mulf
func.func @mean_squared_error(%p: tensor<64x3xf32>, %t: tensor<64x3xf32>) -> tensor<f32> {
  %l = auxact.mean_squared_error %p, %t : (tensor<64x3xf32>, tensor<64x3xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
