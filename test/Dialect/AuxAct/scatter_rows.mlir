// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @scatter
//  CHECK-SAME:   (%[[D:.*]]: tensor<4x8xf32>, %[[I:.*]]: tensor<4xi32>)
//       CHECK:   auxact.scatter_rows %[[D]], %[[I]] {ignored = 3 : i64} : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<10x8xf32>
func.func @scatter(%d: tensor<4x8xf32>, %i: tensor<4xi32>) -> tensor<10x8xf32> {
  %g = auxact.scatter_rows %d, %i {ignored = 3 : i64} : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<10x8xf32>
  return %g : tensor<10x8xf32>
}
