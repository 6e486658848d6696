// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s
// RUN: aux-opt %s -convert-auxact-to-linalg | FileCheck %s --check-prefix=LINALG

// CHECK-LABEL: func.func @scale
//  CHECK-SAME:   (%[[X:.*]]: tensor<4x2x8xf32>)
//       CHECK:   auxact.scale %[[X]] {factor = 2.500000e+00 : f64, name = "1"} : tensor<4x2x8xf32>
// LINALG-LABEL: func.func @scale
// LINALG:   arith.mulf
func.func @scale(%x: tensor<4x2x8xf32>) -> tensor<4x2x8xf32> {
  %y = auxact.scale %x {factor = 2.5 : f64, name = "1"} : tensor<4x2x8xf32>
  return %y : tensor<4x2x8xf32>
}
