// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @gather
//  CHECK-SAME:   (%[[W:.*]]: tensor<10x8xf32>, %[[I:.*]]: tensor<4xi32>)
//       CHECK:   auxact.gather_rows %[[W]], %[[I]] : (tensor<10x8xf32>, tensor<4xi32>) -> tensor<4x8xf32>
func.func @gather(%w: tensor<10x8xf32>, %i: tensor<4xi32>) -> tensor<4x8xf32> {
  %x = auxact.gather_rows %w, %i : (tensor<10x8xf32>, tensor<4xi32>) -> tensor<4x8xf32>
  return %x : tensor<4x8xf32>
}
