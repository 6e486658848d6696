// RUN: aux-opt %s -convert-auxact-to-linalg | FileCheck %s

// Ten rounds of two products each, of the element's number; the threshold is
// 0.25 * 2^32.
// CHECK-LABEL: func.func @dropout
//  CHECK-SAME:   (%[[X:.*]]: tensor<8x16xf32>, %[[SEED:.*]]: tensor<i32>, %[[STEP:.*]]: tensor<i32>, %[[N:.*]]: tensor<i32>)
//       CHECK:   linalg.generic {{.*}} ins(%[[X]], %[[SEED]], %[[STEP]], %[[N]] :
//       CHECK:     %[[ROW:.*]] = arith.index_cast %{{.*}} : index to i32
//       CHECK:     %[[FIRST:.*]] = arith.muli %[[ROW]], %{{.*}} : i32
//       CHECK:     arith.addi %[[FIRST]], %{{.*}} : i32
// CHECK-COUNT-20: arith.muli {{.*}} : i64
//   CHECK-NOT:     arith.muli
//       CHECK:     %[[THRESHOLD:.*]] = arith.constant 1073741824 : i32
//       CHECK:     %[[KEEP:.*]] = arith.cmpi uge, %{{.*}}, %[[THRESHOLD]] : i32
//       CHECK:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
//       CHECK:     arith.select %[[KEEP]], %{{.*}}, %[[ZERO]] : f32
func.func @dropout(%x: tensor<8x16xf32>, %seed: tensor<i32>, %step: tensor<i32>, %n: tensor<i32>) -> tensor<8x16xf32> {
  %0 = auxact.dropout %x source(%seed, %step, %n) {probability = 0.25}
      : (tensor<8x16xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

// The number of the sample, which has five rows.
// CHECK-LABEL: func.func @drop_path
//       CHECK:     %[[ROW:.*]] = arith.index_cast %{{.*}} : index to i32
//       CHECK:     %[[FIVE:.*]] = arith.constant 5 : i32
//       CHECK:     arith.divui %[[ROW]], %[[FIVE]] : i32
func.func @drop_path(%x: tensor<8x5x16xf32>, %seed: tensor<i32>, %step: tensor<i32>, %n: tensor<i32>) -> tensor<8x5x16xf32> {
  %0 = auxact.drop_path %x source(%seed, %step, %n) {probability = 0.25}
      : (tensor<8x5x16xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<8x5x16xf32>
  return %0 : tensor<8x5x16xf32>
}
