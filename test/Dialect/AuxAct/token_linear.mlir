// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s
// RUN: aux-opt %s -auxact-set-batch-size=batch=16 | FileCheck %s --check-prefix=BATCH

// A bias, a rule and a name.
// CHECK-LABEL: func.func @with_bias
//  CHECK-SAME:   (%[[X:.*]]: tensor<64x196x32xf32> {{.*}}, %[[W:.*]]: tensor<256x196xf32>, %[[B:.*]]: tensor<256xf32>)
//       CHECK:   auxact.token_linear %[[X]], %[[W]], %[[B]] {name = "mix", rule = #auxact.sign<epsilon = 1.000000e-02, gain = 1.000000e+02>}
//  CHECK-SAME:     : (tensor<64x196x32xf32>, tensor<256x196xf32>, tensor<256xf32>) -> tensor<64x256x32xf32>
// Another batch: the result follows.
// BATCH-LABEL: func.func @with_bias
//       BATCH:   auxact.token_linear {{.*}} -> tensor<16x256x32xf32>
func.func @with_bias(%x: tensor<64x196x32xf32> {auxact.input = "x"}, %w: tensor<256x196xf32>, %b: tensor<256xf32>) -> tensor<64x256x32xf32> {
  %y = auxact.token_linear %x, %w, %b {name = "mix", rule = #auxact.sign<epsilon = 0.01, gain = 100.0>}
    : (tensor<64x196x32xf32>, tensor<256x196xf32>, tensor<256xf32>) -> tensor<64x256x32xf32>
  return %y : tensor<64x256x32xf32>
}

// The shared tensor of a residual rule is an operand.
// CHECK-LABEL: func.func @shared
//  CHECK-SAME:   (%[[X:.*]]: tensor<4x8x2xf32> {{.*}}, %[[T:.*]]: tensor<4x8x2xf32> {{.*}}, %[[W:.*]]: tensor<8x8xf32>)
//       CHECK:   auxact.token_linear %[[X]], %[[W]] aux(%[[T]]) {rule = #auxact.residual}
func.func @shared(%x: tensor<4x8x2xf32> {auxact.input = "x"}, %t: tensor<4x8x2xf32> {auxact.input = "t"}, %w: tensor<8x8xf32>) -> tensor<4x8x2xf32> {
  %y = auxact.token_linear %x, %w aux(%t) {rule = #auxact.residual}
    : (tensor<4x8x2xf32>, tensor<8x8xf32>, tensor<4x8x2xf32>) -> tensor<4x8x2xf32>
  return %y : tensor<4x8x2xf32>
}
