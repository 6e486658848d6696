// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @transpose
//       CHECK:   auxact.transpose %{{.*}} {permutation = array<i64: 0, 2, 1>} : tensor<4x5x6xf32> -> tensor<4x6x5xf32>
func.func @transpose(%x: tensor<4x5x6xf32>) -> tensor<4x6x5xf32> {
  %y = auxact.transpose %x {permutation = array<i64: 0, 2, 1>} : tensor<4x5x6xf32> -> tensor<4x6x5xf32>
  return %y : tensor<4x6x5xf32>
}
