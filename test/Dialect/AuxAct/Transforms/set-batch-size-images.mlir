// RUN: aux-opt %s -auxact-set-batch-size="batch=3" | FileCheck %s

// Convolutions and poolings follow the batch; their weights do not.

// CHECK-LABEL: func @images(
// CHECK-SAME: tensor<3x9x9x3xf32> {auxact.input = "x"}
// CHECK-SAME: tensor<8x3x3x3xf32> {auxact.parameter = "w"}
// CHECK-SAME: -> (tensor<3x8xf32> {auxact.output = "prediction"})
// CHECK: auxact.conv2d {{.*}} : (tensor<3x9x9x3xf32>, tensor<8x3x3x3xf32>) -> tensor<3x5x5x8xf32>
// CHECK: auxact.max_pool2d {{.*}} : (tensor<3x5x5x8xf32>) -> tensor<3x3x3x8xf32>
// CHECK: auxact.avg_pool2d {{.*}} : (tensor<3x3x3x8xf32>) -> tensor<3x2x2x8xf32>
// CHECK: auxact.global_avg_pool2d {{.*}} : (tensor<3x2x2x8xf32>) -> tensor<3x8xf32>
func.func @images(%x: tensor<1x9x9x3xf32> {auxact.input = "x"}, %w: tensor<8x3x3x3xf32> {auxact.parameter = "w"})
    -> (tensor<1x8xf32> {auxact.output = "prediction"}) {
  %c = auxact.conv2d %x, %w {stride = array<i64: 2, 2>, padding = array<i64: 1, 1>} : (tensor<1x9x9x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x5x5x8xf32>
  %m = auxact.max_pool2d %c {window = array<i64: 3, 3>, stride = array<i64: 2, 2>, padding = array<i64: 1, 1>} : (tensor<1x5x5x8xf32>) -> tensor<1x3x3x8xf32>
  %a = auxact.avg_pool2d %m {window = array<i64: 2, 2>, stride = array<i64: 1, 1>} : (tensor<1x3x3x8xf32>) -> tensor<1x2x2x8xf32>
  %g = auxact.global_avg_pool2d %a : (tensor<1x2x2x8xf32>) -> tensor<1x8xf32>
  return %g : tensor<1x8xf32>
}
