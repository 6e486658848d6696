// RUN: aux-opt %s --auxact-isolate-kernels | FileCheck %s

// CHECK-NOT: @step
func.func @step(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// CHECK: func.func private @kernel_0
func.func private @kernel_0(%x: tensor<4xf32>) -> tensor<4xf32> attributes {auxact.kernel} {
  return %x : tensor<4xf32>
}
