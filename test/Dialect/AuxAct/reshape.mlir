// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// Flattening images, and giving positions back.
// CHECK-LABEL: func.func @flatten
//       CHECK:   %[[F:.*]] = auxact.reshape %{{.*}} {name = "0"} : tensor<64x1x28x28xf32> -> tensor<64x784xf32>
//       CHECK:   auxact.reshape %[[F]] : tensor<64x784xf32> -> tensor<64x28x28xf32>
func.func @flatten(%x: tensor<64x1x28x28xf32>) -> tensor<64x28x28xf32> {
  %f = auxact.reshape %x {name = "0"} : tensor<64x1x28x28xf32> -> tensor<64x784xf32>
  %g = auxact.reshape %f : tensor<64x784xf32> -> tensor<64x28x28xf32>
  return %g : tensor<64x28x28xf32>
}
