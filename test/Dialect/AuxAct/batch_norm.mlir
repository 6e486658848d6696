// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @batch_norm
//  CHECK-SAME:   (%[[X:.*]]: tensor<8x4x4x16xf32>, %[[W:.*]]: tensor<16xf32>, %[[B:.*]]: tensor<16xf32>, %[[M:.*]]: tensor<16xf32>, %[[V:.*]]: tensor<16xf32>)
//       CHECK:   auxact.batch_norm %[[X]] weight(%[[W]]) bias(%[[B]]) running(%[[M]], %[[V]]) {name = "bn1"}
//       CHECK:   auxact.batch_norm %{{.*}} running(%{{.*}}) {epsilon = 1.000000e-03 : f64, momentum = 1.000000e-02 : f64}
func.func @batch_norm(%x: tensor<8x4x4x16xf32>, %w: tensor<16xf32>, %b: tensor<16xf32>,
                      %m: tensor<16xf32>, %v: tensor<16xf32>) -> tensor<8x4x4x16xf32> {
  %0:3 = auxact.batch_norm %x weight(%w) bias(%b) running(%m, %v) {name = "bn1"}
      : (tensor<8x4x4x16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<8x4x4x16xf32>, tensor<16xf32>, tensor<16xf32>)
  %1:3 = auxact.batch_norm %0#0 running(%0#1, %0#2) {epsilon = 1.0e-3, momentum = 1.0e-2}
      : (tensor<8x4x4x16xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<8x4x4x16xf32>, tensor<16xf32>, tensor<16xf32>)
  return %1#0 : tensor<8x4x4x16xf32>
}
