// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @softmax
//  CHECK-SAME:   (%[[X:.*]]: tensor<64x100xf32>)
//       CHECK:   auxact.softmax %[[X]] {name = "1"} : tensor<64x100xf32>
func.func @softmax(%x: tensor<64x100xf32>) -> tensor<64x100xf32> {
  %y = auxact.softmax %x {name = "1"} : tensor<64x100xf32>
  return %y : tensor<64x100xf32>
}
