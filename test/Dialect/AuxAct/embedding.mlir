// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @embedding
//  CHECK-SAME:   (%[[T:.*]]: tensor<4x5xi32>, %[[W:.*]]: tensor<10x8xf32>)
//       CHECK:   auxact.embedding %[[T]], %[[W]] {name = "embed", padding_index = 0 : i64} : (tensor<4x5xi32>, tensor<10x8xf32>) -> tensor<4x5x8xf32>
func.func @embedding(%t: tensor<4x5xi32>, %w: tensor<10x8xf32>) -> tensor<4x5x8xf32> {
  %x = auxact.embedding %t, %w {name = "embed", padding_index = 0 : i64} : (tensor<4x5xi32>, tensor<10x8xf32>) -> tensor<4x5x8xf32>
  return %x : tensor<4x5x8xf32>
}

// Tokens may be wide, and of one dimension.

// CHECK-LABEL: func.func @list
//       CHECK:   auxact.embedding %{{.*}}, %{{.*}} : (tensor<4xi64>, tensor<10x8xf32>) -> tensor<4x8xf32>
func.func @list(%t: tensor<4xi64>, %w: tensor<10x8xf32>) -> tensor<4x8xf32> {
  %x = auxact.embedding %t, %w : (tensor<4xi64>, tensor<10x8xf32>) -> tensor<4x8xf32>
  return %x : tensor<4x8xf32>
}
