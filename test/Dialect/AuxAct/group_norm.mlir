// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @group_norm
//  CHECK-SAME:   (%[[X:.*]]: tensor<8x4x16xf32>, %[[W:.*]]: tensor<16xf32>)
//       CHECK:   auxact.group_norm %[[X]] weight(%[[W]]) {groups = 4 : i64, name = "norm1"} : (tensor<8x4x16xf32>, tensor<16xf32>) -> tensor<8x4x16xf32>
//       CHECK:   auxact.group_norm %{{.*}} {epsilon = 1.000000e-03 : f64, groups = 1 : i64} : (tensor<8x4x16xf32>) -> tensor<8x4x16xf32>
func.func @group_norm(%x: tensor<8x4x16xf32>, %w: tensor<16xf32>) -> tensor<8x4x16xf32> {
  %0 = auxact.group_norm %x weight(%w) {groups = 4 : i64, name = "norm1"} : (tensor<8x4x16xf32>, tensor<16xf32>) -> tensor<8x4x16xf32>
  %1 = auxact.group_norm %0 {epsilon = 1.0e-3, groups = 1 : i64} : (tensor<8x4x16xf32>) -> tensor<8x4x16xf32>
  return %1 : tensor<8x4x16xf32>
}
