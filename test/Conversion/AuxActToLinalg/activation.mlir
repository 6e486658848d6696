// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse -split-input-file | FileCheck %s

// CHECK-LABEL: func @relu(
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
// CHECK: arith.maximumf %{{.*}}, %{{.*}} : f32
func.func @relu(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = auxact.relu %x {name = "1"} : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// CHECK-LABEL: func @gelu_erf(
// CHECK: linalg.generic
// CHECK: math.erf
// CHECK-NOT: math.tanh
func.func @gelu_erf(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = auxact.gelu %x : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// CHECK-LABEL: func @gelu_tanh(
// CHECK: linalg.generic
// CHECK-NOT: math.erf
// CHECK: math.tanh
func.func @gelu_tanh(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = auxact.gelu %x {approximate = #auxact.gelu<tanh>} : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// CHECK-LABEL: func @add(
// CHECK-SAME: %[[A:.*]]: tensor<4x8xf32>, %[[B:.*]]: tensor<4x8xf32>
// CHECK: linalg.generic {{.*}} ins(%[[A]], %[[B]]
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.addf
// CHECK-NEXT: linalg.yield
func.func @add(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = auxact.add %a, %b : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
