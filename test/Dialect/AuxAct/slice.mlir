// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @slice
//       CHECK:   auxact.slice %{{.*}} {dim = 1 : i64, size = 2 : i64, start = 3 : i64} : tensor<4x5x6xf32> -> tensor<4x2x6xf32>
func.func @slice(%x: tensor<4x5x6xf32>) -> tensor<4x2x6xf32> {
  %y = auxact.slice %x {dim = 1 : i64, start = 3 : i64, size = 2 : i64} : tensor<4x5x6xf32> -> tensor<4x2x6xf32>
  return %y : tensor<4x2x6xf32>
}
