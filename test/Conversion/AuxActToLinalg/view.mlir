// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse -split-input-file | FileCheck %s

// CHECK-LABEL: func @flatten(
// CHECK: tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2, 3]] : tensor<64x1x28x28xf32> into tensor<64x784xf32>
func.func @flatten(%x: tensor<64x1x28x28xf32>) -> tensor<64x784xf32> {
  %y = auxact.reshape %x : tensor<64x1x28x28xf32> -> tensor<64x784xf32>
  return %y : tensor<64x784xf32>
}

// -----

// CHECK-LABEL: func @unflatten(
// CHECK: tensor.expand_shape %{{.*}} {{\[\[}}0], [1, 2, 3]] output_shape [64, 1, 28, 28]
func.func @unflatten(%x: tensor<64x784xf32>) -> tensor<64x1x28x28xf32> {
  %y = auxact.reshape %x : tensor<64x784xf32> -> tensor<64x1x28x28xf32>
  return %y : tensor<64x1x28x28xf32>
}

// -----

// Neither the one nor the other: through one dimension.

// CHECK-LABEL: func @regroup(
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %{{.*}} : tensor<4x6xf32> into tensor<24xf32>
// CHECK: tensor.expand_shape %[[FLAT]] {{.*}} : tensor<24xf32> into tensor<8x3xf32>
func.func @regroup(%x: tensor<4x6xf32>) -> tensor<8x3xf32> {
  %y = auxact.reshape %x : tensor<4x6xf32> -> tensor<8x3xf32>
  return %y : tensor<8x3xf32>
}

// -----

// CHECK-LABEL: func @one_element(
// CHECK: tensor.collapse_shape %{{.*}} [] : tensor<1x1xf32> into tensor<f32>
func.func @one_element(%x: tensor<1x1xf32>) -> tensor<f32> {
  %y = auxact.reshape %x : tensor<1x1xf32> -> tensor<f32>
  return %y : tensor<f32>
}

// -----

// CHECK-LABEL: func @same(
// CHECK-NEXT: return
func.func @same(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %y = auxact.reshape %x : tensor<4x6xf32> -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}
