// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @sigmoid
//  CHECK-SAME:   (%[[X:.*]]: tensor<64x100xf32>)
//       CHECK:   auxact.sigmoid %[[X]] {name = "1"} : tensor<64x100xf32>
func.func @sigmoid(%x: tensor<64x100xf32>) -> tensor<64x100xf32> {
  %y = auxact.sigmoid %x {name = "1"} : tensor<64x100xf32>
  return %y : tensor<64x100xf32>
}
