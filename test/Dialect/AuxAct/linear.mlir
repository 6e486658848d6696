// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// A bias and a rule, a name for the layer.
// CHECK-LABEL: func.func @with_bias
//  CHECK-SAME:   (%[[X:.*]]: tensor<64x784xf32>, %[[W:.*]]: tensor<1024x784xf32>, %[[B:.*]]: tensor<1024xf32>)
//       CHECK:   auxact.linear %[[X]], %[[W]], %[[B]] {name = "0", rule = #auxact.sign<epsilon = 1.000000e-02, gain = 1.000000e+02>}
//  CHECK-SAME:     : (tensor<64x784xf32>, tensor<1024x784xf32>, tensor<1024xf32>) -> tensor<64x1024xf32>
func.func @with_bias(%x: tensor<64x784xf32>, %w: tensor<1024x784xf32>, %b: tensor<1024xf32>) -> tensor<64x1024xf32> {
  %y = auxact.linear %x, %w, %b {name = "0", rule = #auxact.sign<epsilon = 0.01, gain = 100.0>}
    : (tensor<64x784xf32>, tensor<1024x784xf32>, tensor<1024xf32>) -> tensor<64x1024xf32>
  return %y : tensor<64x1024xf32>
}

// Neither bias nor rule; positions between batch and features.
// CHECK-LABEL: func.func @without_bias
//       CHECK:   auxact.linear %{{.*}}, %{{.*}} : (tensor<8x5x17xf32>, tensor<3x17xf32>) -> tensor<8x5x3xf32>
func.func @without_bias(%x: tensor<8x5x17xf32>, %w: tensor<3x17xf32>) -> tensor<8x5x3xf32> {
  %y = auxact.linear %x, %w : (tensor<8x5x17xf32>, tensor<3x17xf32>) -> tensor<8x5x3xf32>
  return %y : tensor<8x5x3xf32>
}

// The shared tensor of a residual rule is an operand.
// CHECK-LABEL: func.func @shared
//  CHECK-SAME:   (%[[X:.*]]: tensor<4x8xf32>, %[[T:.*]]: tensor<4x8xf32>, %[[W:.*]]: tensor<8x8xf32>)
//       CHECK:   auxact.linear %[[X]], %[[W]] aux(%[[T]]) {rule = #auxact.residual}
func.func @shared(%x: tensor<4x8xf32>, %t: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %y = auxact.linear %x, %w aux(%t) {rule = #auxact.residual}
    : (tensor<4x8xf32>, tensor<8x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
