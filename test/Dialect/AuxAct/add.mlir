// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @add
//  CHECK-SAME:   (%[[X:.*]]: tensor<64x512xf32>, %[[F:.*]]: tensor<64x512xf32>)
//       CHECK:   auxact.add %[[X]], %[[F]] : tensor<64x512xf32>
func.func @add(%x: tensor<64x512xf32>, %f: tensor<64x512xf32>) -> tensor<64x512xf32> {
  %h = auxact.add %x, %f : tensor<64x512xf32>
  return %h : tensor<64x512xf32>
}

// One that lacks leading dimensions is the same for each of them.

// CHECK-LABEL: func.func @table
//       CHECK:   auxact.add %{{.*}}, %{{.*}} : tensor<4x5x6xf32>, tensor<5x6xf32>
//       CHECK:   auxact.add %{{.*}}, %{{.*}} : tensor<6xf32>, tensor<4x5x6xf32>
func.func @table(%x: tensor<4x5x6xf32>, %t: tensor<5x6xf32>, %b: tensor<6xf32>) -> tensor<4x5x6xf32> {
  %h = auxact.add %x, %t : tensor<4x5x6xf32>, tensor<5x6xf32>
  %y = auxact.add %b, %h : tensor<6xf32>, tensor<4x5x6xf32>
  return %y : tensor<4x5x6xf32>
}
