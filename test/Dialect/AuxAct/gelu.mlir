// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @gelu
//  CHECK-SAME:   (%[[X:.*]]: tensor<64x100xf32>)
//       CHECK:   auxact.gelu %[[X]] {name = "1"} : tensor<64x100xf32>
func.func @gelu(%x: tensor<64x100xf32>) -> tensor<64x100xf32> {
  %y = auxact.gelu %x {name = "1"} : tensor<64x100xf32>
  return %y : tensor<64x100xf32>
}

// CHECK-LABEL: func.func @forms
func.func @forms(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  // The exact form is the default and is not printed.
  // CHECK: auxact.gelu %{{.*}} : tensor<3x5xf32>
  %0 = auxact.gelu %x {approximate = #auxact.gelu<none>} : tensor<3x5xf32>
  // CHECK: auxact.gelu %{{.*}} {approximate = #auxact.gelu<tanh>} : tensor<3x5xf32>
  %1 = auxact.gelu %0 {approximate = #auxact.gelu<tanh>} : tensor<3x5xf32>
  return %1 : tensor<3x5xf32>
}
