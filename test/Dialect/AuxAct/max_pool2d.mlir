// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @padded
//       CHECK:   auxact.max_pool2d %{{.*}} {name = "pool", padding = array<i64: 1, 1>, stride = array<i64: 2, 2>, window = array<i64: 3, 3>} : (tensor<2x7x8x5xf32>) -> tensor<2x4x4x5xf32>
func.func @padded(%x: tensor<2x7x8x5xf32>) -> tensor<2x4x4x5xf32> {
  %y = auxact.max_pool2d %x {name = "pool", window = array<i64: 3, 3>, stride = array<i64: 2, 2>, padding = array<i64: 1, 1>} : (tensor<2x7x8x5xf32>) -> tensor<2x4x4x5xf32>
  return %y : tensor<2x4x4x5xf32>
}

// CHECK-LABEL: func.func @plain
//       CHECK:   auxact.max_pool2d %{{.*}} {stride = array<i64: 1, 2>, window = array<i64: 2, 4>} : (tensor<1x4x8x3xf32>) -> tensor<1x3x3x3xf32>
func.func @plain(%x: tensor<1x4x8x3xf32>) -> tensor<1x3x3x3xf32> {
  %y = auxact.max_pool2d %x {window = array<i64: 2, 4>, stride = array<i64: 1, 2>} : (tensor<1x4x8x3xf32>) -> tensor<1x3x3x3xf32>
  return %y : tensor<1x3x3x3xf32>
}
