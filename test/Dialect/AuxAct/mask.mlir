// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @mask
//  CHECK-SAME:   (%[[G:.*]]: tensor<64x100xf32>, %[[B:.*]]: tensor<64x100xi1, #auxact.bits>)
//       CHECK:   auxact.mask %[[G]], %[[B]] : tensor<64x100xf32>, tensor<64x100xi1, #auxact.bits>
func.func @mask(%g: tensor<64x100xf32>, %b: tensor<64x100xi1, #auxact.bits>) -> tensor<64x100xf32> {
  %d = auxact.mask %g, %b : tensor<64x100xf32>, tensor<64x100xi1, #auxact.bits>
  return %d : tensor<64x100xf32>
}
