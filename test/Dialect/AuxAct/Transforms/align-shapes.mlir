// RUN: aux-opt %s -auxact-differentiate -convert-auxact-to-linalg -canonicalize -cse -auxact-align-shapes -canonicalize -cse -auxact-verify-linalg-stage | FileCheck %s
// RUN: aux-opt %s -auxact-differentiate -convert-auxact-to-linalg -canonicalize -cse -auxact-align-shapes -canonicalize -cse -auxact-form-kernels | FileCheck %s --check-prefix=KERNELS

// The relu between two layers over tokens is computed with the first, on
// (b, m, n), and so are the bits that the second keeps of it. No view of a matrix
// is left between them, and in the backward pass none before the mask.
// CHECK-LABEL: func @step(
// CHECK: %[[C:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
// CHECK-NOT: tensor.{{expand|collapse}}_shape
// CHECK: arith.maximumf
// CHECK: arith.cmpf ogt
// CHECK: auxact.pack_bits {{.*}} : tensor<4x5x8xi1> -> tensor<4x5x4xi8>
// CHECK: auxact.unpack_bits {{.*}} -> tensor<4x5x8xi1>

// The result of the first kernel is what the second layer multiplies, and bits.
// KERNELS: func.func private @kernel_0({{.*}}) -> (tensor<4x5x4xi8>, tensor<4x5x8xf32>)
func.func @step(%x: tensor<4x6x8xf32> {auxact.input = "x"}, %w: tensor<5x6xf32> {auxact.parameter = "w"},
                %b: tensor<5xf32> {auxact.parameter = "b"}, %v: tensor<3x5xf32> {auxact.parameter = "v"},
                %y: tensor<4x3x8xf32> {auxact.input = "y"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.token_linear %x, %w, %b {name = "0"} : (tensor<4x6x8xf32>, tensor<5x6xf32>, tensor<5xf32>) -> tensor<4x5x8xf32>
  %r = auxact.relu %h {name = "1"} : tensor<4x5x8xf32>
  %z = auxact.token_linear %r, %v {name = "2", rule = #auxact.sign<>} : (tensor<4x5x8xf32>, tensor<3x5xf32>) -> tensor<4x3x8xf32>
  %l = auxact.mean_squared_error %z, %y : (tensor<4x3x8xf32>, tensor<4x3x8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
