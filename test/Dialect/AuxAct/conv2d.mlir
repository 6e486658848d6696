// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// A bias, a rule, a name; strides and padding are not the default.
// CHECK-LABEL: func.func @stem
//       CHECK:   auxact.conv2d %{{.*}}, %{{.*}}, %{{.*}} {name = "conv1", padding = array<i64: 3, 3>, rule = #auxact.sign<epsilon = 1.000000e-02, gain = 1.000000e+02>, stride = array<i64: 2, 2>}
//  CHECK-SAME:     : (tensor<8x15x14x3xf32>, tensor<16x7x7x3xf32>, tensor<16xf32>) -> tensor<8x8x7x16xf32>
func.func @stem(%x: tensor<8x15x14x3xf32>, %w: tensor<16x7x7x3xf32>, %b: tensor<16xf32>) -> tensor<8x8x7x16xf32> {
  %y = auxact.conv2d %x, %w, %b {name = "conv1", rule = #auxact.sign<epsilon = 0.01, gain = 100.0>, stride = array<i64: 2, 2>, padding = array<i64: 3, 3>}
    : (tensor<8x15x14x3xf32>, tensor<16x7x7x3xf32>, tensor<16xf32>) -> tensor<8x8x7x16xf32>
  return %y : tensor<8x8x7x16xf32>
}

// Groups, dilation, different numbers for height and width, no bias.
// CHECK-LABEL: func.func @grouped
//       CHECK:   auxact.conv2d %{{.*}}, %{{.*}} {dilation = array<i64: 1, 2>, groups = 4 : i64, stride = array<i64: 1, 3>}
//  CHECK-SAME:     : (tensor<2x6x20x8xf32>, tensor<12x5x3x2xf32>) -> tensor<2x2x6x12xf32>
func.func @grouped(%x: tensor<2x6x20x8xf32>, %w: tensor<12x5x3x2xf32>) -> tensor<2x2x6x12xf32> {
  %y = auxact.conv2d %x, %w {stride = array<i64: 1, 3>, dilation = array<i64: 1, 2>, groups = 4 : i64}
    : (tensor<2x6x20x8xf32>, tensor<12x5x3x2xf32>) -> tensor<2x2x6x12xf32>
  return %y : tensor<2x2x6x12xf32>
}

// The shared tensor of a residual rule is an operand.
// CHECK-LABEL: func.func @shared
//  CHECK-SAME:   (%[[X:.*]]: tensor<2x4x4x8xf32>, %[[T:.*]]: tensor<2x4x4x8xf32>, %[[W:.*]]: tensor<8x1x1x8xf32>)
//       CHECK:   auxact.conv2d %[[X]], %[[W]] aux(%[[T]]) {rule = #auxact.residual}
func.func @shared(%x: tensor<2x4x4x8xf32>, %t: tensor<2x4x4x8xf32>, %w: tensor<8x1x1x8xf32>) -> tensor<2x4x4x8xf32> {
  %y = auxact.conv2d %x, %w aux(%t) {rule = #auxact.residual}
    : (tensor<2x4x4x8xf32>, tensor<8x1x1x8xf32>, tensor<2x4x4x8xf32>) -> tensor<2x4x4x8xf32>
  return %y : tensor<2x4x4x8xf32>
}
