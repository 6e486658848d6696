// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @concat
//       CHECK:   auxact.concat %{{.*}}, %{{.*}} {dim = 1 : i64} : (tensor<1x6xf32>, tensor<4x5x6xf32>) -> tensor<4x6x6xf32>
func.func @concat(%c: tensor<1x6xf32>, %x: tensor<4x5x6xf32>) -> tensor<4x6x6xf32> {
  %y = auxact.concat %c, %x {dim = 1 : i64} : (tensor<1x6xf32>, tensor<4x5x6xf32>) -> tensor<4x6x6xf32>
  return %y : tensor<4x6x6xf32>
}
