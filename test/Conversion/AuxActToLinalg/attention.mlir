// RUN: aux-opt %s -convert-auxact-to-linalg | FileCheck %s

// A standalone kernel stays as it is; what is around it is converted.
// CHECK-LABEL: func.func @attention(
// CHECK-NOT: auxact.relu
// CHECK: linalg.generic
// CHECK: %[[Q:.*]] = tensor.expand_shape
// CHECK: %[[O:.*]], %{{.*}} = auxact.attention %[[Q]], %arg0, %arg0 {heads = 2 : i64}
// CHECK: tensor.collapse_shape %[[O]]
// CHECK: linalg.generic
func.func @attention(%x: tensor<4x7x32xf32>) -> tensor<4x7x32xf32> {
  %q = auxact.relu %x : tensor<4x7x32xf32>
  %o, %l = auxact.attention %q, %x, %x {heads = 2 : i64} : (tensor<4x7x32xf32>, tensor<4x7x32xf32>, tensor<4x7x32xf32>) -> (tensor<4x7x32xf32>, tensor<4x2x7xf32>)
  %r = auxact.relu %o : tensor<4x7x32xf32>
  return %r : tensor<4x7x32xf32>
}
