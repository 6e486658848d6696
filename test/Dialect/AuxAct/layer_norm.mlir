// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @layer_norm
//  CHECK-SAME:   (%[[X:.*]]: tensor<8x4x16xf32>, %[[W:.*]]: tensor<16xf32>)
//       CHECK:   auxact.layer_norm %[[X]] weight(%[[W]]) {name = "norm1"} : (tensor<8x4x16xf32>, tensor<16xf32>) -> tensor<8x4x16xf32>
//       CHECK:   auxact.layer_norm %{{.*}} {epsilon = 1.000000e-03 : f64} : (tensor<8x4x16xf32>) -> tensor<8x4x16xf32>
func.func @layer_norm(%x: tensor<8x4x16xf32>, %w: tensor<16xf32>) -> tensor<8x4x16xf32> {
  %0 = auxact.layer_norm %x weight(%w) {name = "norm1"} : (tensor<8x4x16xf32>, tensor<16xf32>) -> tensor<8x4x16xf32>
  %1 = auxact.layer_norm %0 {epsilon = 1.0e-3} : (tensor<8x4x16xf32>) -> tensor<8x4x16xf32>
  return %1 : tensor<8x4x16xf32>
}
