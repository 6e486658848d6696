// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @loss
//       CHECK:   auxact.linear_cross_entropy %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {chunk = 256 : i64, ignore_index = -100 : i64, label_smoothing = {{.*}} : f32} : (tensor<2x3x8xf32>, tensor<600x8xf32>, tensor<2x3xi32>, tensor<600xf32>) -> tensor<f32>
func.func @loss(%x: tensor<2x3x8xf32>, %w: tensor<600x8xf32>, %y: tensor<2x3xi32>, %b: tensor<600xf32>) -> tensor<f32> {
  %l = auxact.linear_cross_entropy %x, %w, %y, %b {chunk = 256 : i64, ignore_index = -100 : i64, label_smoothing = 0.1 : f32}
    : (tensor<2x3x8xf32>, tensor<600x8xf32>, tensor<2x3xi32>, tensor<600xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// CHECK-LABEL: func.func @plain
//       CHECK:   auxact.linear_cross_entropy %{{.*}}, %{{.*}}, %{{.*}} : (tensor<3x8xf32>, tensor<600x8xf32>, tensor<3xi64>) -> tensor<f32>
func.func @plain(%x: tensor<3x8xf32>, %w: tensor<600x8xf32>, %y: tensor<3xi64>) -> tensor<f32> {
  %l = auxact.linear_cross_entropy %x, %w, %y : (tensor<3x8xf32>, tensor<600x8xf32>, tensor<3xi64>) -> tensor<f32>
  return %l : tensor<f32>
}
