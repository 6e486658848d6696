// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse -split-input-file | FileCheck %s

// Matrices of the result, read at other positions: lanes run along the last
// dimension, and dimensions that stay side by side are one.

// CHECK: #[[$MAP:.*]] = affine_map<(d0, d1) -> (d0 floordiv 6, d1, d0 mod 6)>
// CHECK-LABEL: func @inner(
// CHECK: auxact.affine_view %{{.*}} at #[[$MAP]] : tensor<4x5x6xf32> -> tensor<24x5xf32>
func.func @inner(%x: tensor<4x5x6xf32>) -> tensor<4x6x5xf32> {
  %y = auxact.transpose %x {permutation = array<i64: 0, 2, 1>} : tensor<4x5x6xf32> -> tensor<4x6x5xf32>
  return %y : tensor<4x6x5xf32>
}

// -----

// CHECK: #[[$MAP:.*]] = affine_map<(d0, d1) -> ((d0 floordiv 3) mod 2, (d0 floordiv 3) floordiv 2, (d0 mod 3) * 7 + d1)>
// CHECK-LABEL: func @outer(
// CHECK: auxact.affine_view %{{.*}} as [2, 4, 21] at #[[$MAP]]
func.func @outer(%x: tensor<2x4x3x7xf32>) -> tensor<4x2x3x7xf32> {
  %y = auxact.transpose %x {permutation = array<i64: 1, 0, 2, 3>} : tensor<2x4x3x7xf32> -> tensor<4x2x3x7xf32>
  return %y : tensor<4x2x3x7xf32>
}

// -----

// One position of a sequence.

// CHECK: #[[$MAP:.*]] = affine_map<(d0, d1) -> (d0, 2, d1)>
// CHECK-LABEL: func @position(
// CHECK: auxact.affine_view %{{.*}} at #[[$MAP]] : tensor<4x5x6xf32> -> tensor<4x6xf32>
// CHECK-NOT: linalg.generic
func.func @position(%x: tensor<4x5x6xf32>) -> tensor<4x6xf32> {
  %y = auxact.slice %x {dim = 1 : i64, start = 2 : i64, size = 1 : i64} : tensor<4x5x6xf32> -> tensor<4x1x6xf32>
  %z = auxact.reshape %y : tensor<4x1x6xf32> -> tensor<4x6xf32>
  return %z : tensor<4x6xf32>
}

// -----

// CHECK: #[[$MAP:.*]] = affine_map<(d0, d1) -> (d0, d1 + 2)>
// CHECK-LABEL: func @features(
// CHECK: auxact.affine_view %{{.*}} as [20, 6] at #[[$MAP]] : tensor<4x5x6xf32> -> tensor<20x3xf32>
func.func @features(%x: tensor<4x5x6xf32>) -> tensor<4x5x3xf32> {
  %y = auxact.slice %x {dim = 2 : i64, start = 2 : i64, size = 3 : i64} : tensor<4x5x6xf32> -> tensor<4x5x3xf32>
  return %y : tensor<4x5x3xf32>
}

// -----

// Rows of a parameter are bytes of it where they are aligned.

// CHECK-LABEL: func @rows(
// CHECK: tensor.extract_slice %{{.*}}[64, 0] [64, 256] [1, 1] : tensor<192x256xf32> to tensor<64x256xf32>
// CHECK: auxact.affine_view
func.func @rows(%w: tensor<192x256xf32> {auxact.parameter = "w"}, %v: tensor<192x3xf32> {auxact.parameter = "v"})
    -> (tensor<64x256xf32>, tensor<64x3xf32>) {
  %y = auxact.slice %w {dim = 0 : i64, start = 64 : i64, size = 64 : i64} : tensor<192x256xf32> -> tensor<64x256xf32>
  %z = auxact.slice %v {dim = 0 : i64, start = 64 : i64, size = 64 : i64} : tensor<192x3xf32> -> tensor<64x3xf32>
  return %y, %z : tensor<64x256xf32>, tensor<64x3xf32>
}

// -----

// Each part with zeros around it; the class token is the same in every row.

// CHECK-DAG: #[[$TOKEN:.*]] = affine_map<(d0, d1) -> (d0 mod 6, d1)>
// CHECK-DAG: #[[$REST:.*]] = affine_map<(d0, d1) -> (d0 floordiv 6, d0 mod 6 - 1, d1)>
// CHECK-LABEL: func @concat(
// CHECK-DAG: %[[A:.*]] = auxact.affine_view %{{.*}} at #[[$TOKEN]] : tensor<1x8xf32> -> tensor<24x8xf32>
// CHECK-DAG: %[[B:.*]] = auxact.affine_view %{{.*}} at #[[$REST]] : tensor<4x5x8xf32> -> tensor<24x8xf32>
// CHECK: linalg.generic {{.*}} ins(%[[A]], %[[B]]
// CHECK: arith.addf
func.func @concat(%c: tensor<1x8xf32>, %x: tensor<4x5x8xf32>) -> tensor<4x6x8xf32> {
  %y = auxact.concat %c, %x {dim = 1 : i64} : (tensor<1x8xf32>, tensor<4x5x8xf32>) -> tensor<4x6x8xf32>
  return %y : tensor<4x6x8xf32>
}

// -----

// Integers are moved as well.

// CHECK-LABEL: func @integers(
// CHECK: arith.addi
func.func @integers(%a: tensor<4x1xi32>, %b: tensor<4x5xi32>) -> tensor<4x6xi32> {
  %y = auxact.concat %a, %b {dim = 1 : i64} : (tensor<4x1xi32>, tensor<4x5xi32>) -> tensor<4x6xi32>
  return %y : tensor<4x6xi32>
}

// -----

// A table of positions is seen once for each row of the batch.

// CHECK: #[[$MAP:.*]] = affine_map<(d0, d1) -> (d0 mod 5, d1)>
// CHECK-LABEL: func @table(
// CHECK: auxact.affine_view %{{.*}} at #[[$MAP]] : tensor<5x6xf32> -> tensor<20x6xf32>
func.func @table(%x: tensor<4x5x6xf32>, %t: tensor<5x6xf32>) -> tensor<4x5x6xf32> {
  %y = auxact.add %x, %t : tensor<4x5x6xf32>, tensor<5x6xf32>
  return %y : tensor<4x5x6xf32>
}
