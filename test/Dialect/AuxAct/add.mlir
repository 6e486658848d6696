// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @add
//  CHECK-SAME:   (%[[X:.*]]: tensor<64x512xf32>, %[[F:.*]]: tensor<64x512xf32>)
//       CHECK:   auxact.add %[[X]], %[[F]] : tensor<64x512xf32>
func.func @add(%x: tensor<64x512xf32>, %f: tensor<64x512xf32>) -> tensor<64x512xf32> {
  %h = auxact.add %x, %f : tensor<64x512xf32>
  return %h : tensor<64x512xf32>
}
