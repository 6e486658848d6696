// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse | FileCheck %s

// Two parts of the classes, rows of the weight where they lie; no tensor has a
// number for each row and class. The log-sum-exp that the backward keeps is the
// one that the loss is made of.

// CHECK-LABEL: func @loss(
// CHECK-NOT: tensor<6x300xf32>
// CHECK: tensor.extract_slice %{{.*}}[0, 0] [256, 8] [1, 1] : tensor<300x8xf32> to tensor<256x8xf32>
// CHECK: ["parallel", "parallel", "reduction"]{{.*}} outs(%{{.*}} : tensor<6x256xf32>)
// CHECK-NOT: tensor<6x300xf32>
// CHECK: tensor.extract_slice %{{.*}}[256, 0] [44, 8] [1, 1] : tensor<300x8xf32> to tensor<44x8xf32>
// CHECK: ["parallel", "parallel", "reduction"]
// CHECK-NOT: ["parallel", "parallel", "reduction"]
// CHECK: return
func.func @loss(%x: tensor<2x3x8xf32>, %w: tensor<300x8xf32>, %y: tensor<2x3xi32>) -> (tensor<f32>, tensor<2x3xf32>) {
  %l = auxact.linear_cross_entropy %x, %w, %y {chunk = 256 : i64, label_smoothing = 0.0 : f32} : (tensor<2x3x8xf32>, tensor<300x8xf32>, tensor<2x3xi32>) -> tensor<f32>
  %s = auxact.linear_log_sum_exp %x, %w {chunk = 256 : i64} : (tensor<2x3x8xf32>, tensor<300x8xf32>) -> tensor<2x3xf32>
  return %l, %s : tensor<f32>, tensor<2x3xf32>
}
