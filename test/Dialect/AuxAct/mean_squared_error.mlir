// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @mean_squared_error
//       CHECK:   auxact.mean_squared_error %{{.*}}, %{{.*}} : (tensor<64x3xf32>, tensor<64x3xf32>) -> tensor<f32>
func.func @mean_squared_error(%p: tensor<64x3xf32>, %t: tensor<64x3xf32>) -> tensor<f32> {
  %l = auxact.mean_squared_error %p, %t : (tensor<64x3xf32>, tensor<64x3xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
