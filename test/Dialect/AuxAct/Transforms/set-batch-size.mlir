// RUN: aux-opt %s -auxact-set-batch-size="batch=3" | FileCheck %s
// RUN: aux-opt %s -auxact-set-batch-size="batch=4" | FileCheck %s --check-prefix=SAME

// Every type that follows from an input follows it; parameters do not.

// CHECK-LABEL: func @mlp(
// CHECK-SAME: tensor<3x1x2x4xf32> {auxact.input = "x"}
// CHECK-SAME: tensor<3xi32> {auxact.input = "y"}
// CHECK-SAME: tensor<4x8xf32> {auxact.parameter = "w"}
// CHECK-SAME: -> (tensor<3x4xf32> {auxact.output = "prediction"}, tensor<f32> {auxact.output = "loss"})
// CHECK: auxact.reshape %{{.*}} : tensor<3x1x2x4xf32> -> tensor<3x8xf32>
// CHECK: auxact.linear {{.*}} : (tensor<3x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<3x4xf32>
// CHECK: auxact.gelu %{{.*}} : tensor<3x4xf32>
// CHECK: auxact.add %{{.*}} : tensor<3x4xf32>
// CHECK: arith.negf %{{.*}} : tensor<3x4xf32>
// CHECK: auxact.reshape %{{.*}} : tensor<3x4xf32> -> tensor<6x2xf32>
// CHECK: tensor.expand_shape {{.*}} output_shape [6, 2, 1] : tensor<6x2xf32> into tensor<6x2x1xf32>
// CHECK: tensor.collapse_shape {{.*}} : tensor<6x2x1xf32> into tensor<12xf32>
// CHECK: auxact.cross_entropy {{.*}} : (tensor<3x4xf32>, tensor<3xi32>) -> tensor<f32>

// SAME: tensor<4x1x2x4xf32> {auxact.input = "x"}
func.func @mlp(%x: tensor<4x1x2x4xf32> {auxact.input = "x"}, %y: tensor<4xi32> {auxact.input = "y"},
               %w: tensor<4x8xf32> {auxact.parameter = "w"}, %b: tensor<4xf32> {auxact.parameter = "b"})
    -> (tensor<4x4xf32> {auxact.output = "prediction"}, tensor<f32> {auxact.output = "loss"}) {
  %f = auxact.reshape %x : tensor<4x1x2x4xf32> -> tensor<4x8xf32>
  %h = auxact.linear %f, %w, %b : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x4xf32>
  %g = auxact.gelu %h : tensor<4x4xf32>
  %s = auxact.add %g, %h : tensor<4x4xf32>
  %n = arith.negf %s : tensor<4x4xf32>
  %r = auxact.reshape %n : tensor<4x4xf32> -> tensor<8x2xf32>
  %e = tensor.expand_shape %r [[0], [1, 2]] output_shape [8, 2, 1] : tensor<8x2xf32> into tensor<8x2x1xf32>
  %c = tensor.collapse_shape %e [[0, 1, 2]] : tensor<8x2x1xf32> into tensor<16xf32>
  %l = auxact.cross_entropy %n, %y : (tensor<4x4xf32>, tensor<4xi32>) -> tensor<f32>
  return %n, %l : tensor<4x4xf32>, tensor<f32>
}
