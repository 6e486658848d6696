// RUN: aux-opt %s -pass-pipeline='builtin.module(func.func(auxact-name-layers,auxact-differentiate,canonicalize,cse),convert-auxact-to-linalg,canonicalize,cse,auxact-form-kernels,cse)' -split-input-file | FileCheck %s

// A convolution reads its windows, and its weight gradient those of what is
// kept, while they multiply: no matrix of windows is in memory. The input's
// gradient of the second reads windows of the gradient that another kernel made.
// CHECK: func.func private @[[$CONV:.*]](%[[X:.*]]: tensor<2x8x8x16xf32>, %{{.*}}) -> (tensor<128x4xi8>, tensor<128x16xf32>)
// CHECK: %[[V:.*]] = auxact.affine_view %[[X]] at #{{.*}} : tensor<2x8x8x16xf32> -> tensor<128x144xf32>
// CHECK: linalg.generic {{.*}}"reduction"{{.*}} ins(%[[V]]
// CHECK-LABEL: func.func @convolution
// CHECK-NOT: tensor<128x144xf32>
// CHECK: return
func.func @convolution(%x: tensor<2x8x8x16xf32> {auxact.input = "x"}, %t: tensor<2x8x8x16xf32> {auxact.input = "t"},
                       %v: tensor<16x3x3x16xf32> {auxact.parameter = "v"}, %w: tensor<16x3x3x16xf32> {auxact.parameter = "w"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.conv2d %x, %v {name = "0", padding = array<i64: 1, 1>} : (tensor<2x8x8x16xf32>, tensor<16x3x3x16xf32>) -> tensor<2x8x8x16xf32>
  %y = auxact.conv2d %h, %w {name = "1", padding = array<i64: 1, 1>, rule = #auxact.sign<>} : (tensor<2x8x8x16xf32>, tensor<16x3x3x16xf32>) -> tensor<2x8x8x16xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<2x8x8x16xf32>, tensor<2x8x8x16xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
