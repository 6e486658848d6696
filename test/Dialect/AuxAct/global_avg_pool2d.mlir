// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @mean
//       CHECK:   auxact.global_avg_pool2d %{{.*}} {name = "pool"} : (tensor<2x7x8x5xf32>) -> tensor<2x5xf32>
func.func @mean(%x: tensor<2x7x8x5xf32>) -> tensor<2x5xf32> {
  %y = auxact.global_avg_pool2d %x {name = "pool"} : (tensor<2x7x8x5xf32>) -> tensor<2x5xf32>
  return %y : tensor<2x5xf32>
}
