// RUN: aux-opt %s -convert-auxact-to-linalg -cse | FileCheck %s

// Two passes over a row, and the row again; more dimensions are rows.
// CHECK-LABEL: func.func @layer_norm
//  CHECK-SAME:   (%[[X:.*]]: tensor<4x8x16xf32>, %[[W:.*]]: tensor<16xf32>, %[[B:.*]]: tensor<16xf32>)
//       CHECK:   %[[ROWS:.*]] = tensor.collapse_shape %[[X]]
//       CHECK:   %[[SUM:.*]] = linalg.generic {{.*}}["parallel", "reduction"]} ins(%[[ROWS]] : tensor<32x16xf32>)
//       CHECK:     arith.addf
//       CHECK:   %[[MEAN:.*]] = linalg.generic {{.*}}["parallel"]} ins(%[[SUM]] : tensor<32xf32>)
//       CHECK:   %[[SQUARES:.*]] = linalg.generic {{.*}}["parallel", "reduction"]} ins(%[[ROWS]], %[[MEAN]] : tensor<32x16xf32>, tensor<32xf32>)
//       CHECK:     arith.subf
//       CHECK:     arith.mulf
//       CHECK:     arith.addf
//       CHECK:   %[[VARIANCE:.*]] = linalg.generic {{.*}} ins(%[[SQUARES]] : tensor<32xf32>)
//       CHECK:   %[[R:.*]] = linalg.generic {{.*}} ins(%[[VARIANCE]] : tensor<32xf32>)
//       CHECK:     math.sqrt
//       CHECK:     arith.divf
//       CHECK:   linalg.generic {{.*}}["parallel", "parallel"]} ins(%[[ROWS]], %[[MEAN]], %[[R]], %[[W]], %[[B]] : tensor<32x16xf32>, tensor<32xf32>, tensor<32xf32>, tensor<16xf32>, tensor<16xf32>)
//       CHECK:   tensor.expand_shape
func.func @layer_norm(%x: tensor<4x8x16xf32>, %w: tensor<16xf32>, %b: tensor<16xf32>) -> tensor<4x8x16xf32> {
  %0 = auxact.layer_norm %x weight(%w) bias(%b) : (tensor<4x8x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<4x8x16xf32>
  return %0 : tensor<4x8x16xf32>
}

// One pass: no mean is taken off.
// CHECK-LABEL: func.func @rms_norm
//  CHECK-SAME:   (%[[X:.*]]: tensor<8x16xf32>)
//       CHECK:   %[[SUM:.*]] = linalg.generic {{.*}}["parallel", "reduction"]} ins(%[[X]] : tensor<8x16xf32>)
//       CHECK:     arith.mulf
//   CHECK-NOT:   "reduction"
//       CHECK:   linalg.generic {{.*}}["parallel", "parallel"]} ins(%[[X]], %{{.*}} : tensor<8x16xf32>, tensor<8xf32>)
func.func @rms_norm(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %0 = auxact.rms_norm %x : (tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

// The running variance is without bias: 0.1 * 8 / 7.
// CHECK-LABEL: func.func @batch_norm
//  CHECK-SAME:   (%[[X:.*]]: tensor<8x16xf32>, %[[M:.*]]: tensor<16xf32>, %[[V:.*]]: tensor<16xf32>)
//       CHECK:   %[[Y:.*]] = linalg.generic {{.*}}["parallel", "parallel"]} ins(%[[X]],
//       CHECK:   %[[NM:.*]] = linalg.generic {{.*}} ins(%[[M]], %{{.*}} : tensor<16xf32>, tensor<16xf32>)
//       CHECK:   %[[NV:.*]] = linalg.generic {{.*}} ins(%[[V]], %{{.*}} : tensor<16xf32>, tensor<16xf32>)
//       CHECK:     arith.mulf %{{.*}}, %[[NEW:.*]] : f32
//       CHECK:   return %[[Y]], %[[NM]], %[[NV]]
func.func @batch_norm(%x: tensor<8x16xf32>, %m: tensor<16xf32>, %v: tensor<16xf32>)
    -> (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>) {
  %0:3 = auxact.batch_norm %x running(%m, %v) : (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
  return %0#0, %0#1, %0#2 : tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>
}
