// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s
// RUN: aux-opt %s -canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: func.func @drop_path
//  CHECK-SAME:   (%[[X:.*]]: tensor<8x4x16xf32>, %[[S:.*]]: tensor<i32>, %[[T:.*]]: tensor<i32>, %[[N:.*]]: tensor<i32>)
//       CHECK:   auxact.drop_path %[[X]] source(%[[S]], %[[T]], %[[N]]) {name = "2", probability = 1.000000e-01 : f64}
//       CHECK:   auxact.drop_path %{{.*}} {probability = 0.000000e+00 : f64}
func.func @drop_path(%x: tensor<8x4x16xf32>, %seed: tensor<i32>, %step: tensor<i32>,
    %number: tensor<i32>) -> tensor<8x4x16xf32> {
  %0 = auxact.drop_path %x source(%seed, %step, %number) {name = "2", probability = 1.0e-1}
      : (tensor<8x4x16xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<8x4x16xf32>
  // Nothing is dropped.
  // FOLD: %[[Y:.*]] = auxact.drop_path %{{.*}} source
  // FOLD-NEXT: return %[[Y]]
  %1 = auxact.drop_path %0 {probability = 0.0} : (tensor<8x4x16xf32>) -> tensor<8x4x16xf32>
  return %1 : tensor<8x4x16xf32>
}
