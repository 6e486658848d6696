// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse -split-input-file | FileCheck %s

// A layer is one contraction, weight read as (n, k), and its bias an epilogue.

// CHECK-DAG: #[[$LHS:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$RHS:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[$OUT:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func @bias(
// CHECK-SAME: %[[X:.*]]: tensor<64x784xf32>, %[[W:.*]]: tensor<100x784xf32>, %[[B:.*]]: tensor<100xf32>
// CHECK: %[[ZERO:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<64x100xf32>)
// CHECK: %[[C:.*]] = linalg.generic {indexing_maps = [#[[$LHS]], #[[$RHS]], #[[$OUT]]], iterator_types = ["parallel", "parallel", "reduction"]}
// CHECK-SAME: ins(%[[X]], %[[W]] : {{.*}}) outs(%[[ZERO]]
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #[[$ROW]], #{{.*}}], iterator_types = ["parallel", "parallel"]}
// CHECK-SAME: ins(%[[C]], %[[B]]
// CHECK: arith.addf
// CHECK: return %[[Y]]
func.func @bias(%x: tensor<64x784xf32>, %w: tensor<100x784xf32>, %b: tensor<100xf32>) -> tensor<64x100xf32> {
  %y = auxact.linear %x, %w, %b {name = "0"} : (tensor<64x784xf32>, tensor<100x784xf32>, tensor<100xf32>) -> tensor<64x100xf32>
  return %y : tensor<64x100xf32>
}

// -----

// Leading dimensions are rows of one matrix, from layer to layer: the views
// between two layers fold away.

// CHECK-LABEL: func @positions(
// CHECK: tensor.collapse_shape %{{.*}} {{\[\[}}0, 1], [2]] : tensor<2x3x8xf32> into tensor<6x8xf32>
// CHECK-NOT: tensor.{{collapse|expand}}_shape
// CHECK: %[[Y:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<6x5xf32>)
// CHECK: tensor.expand_shape %[[Y]] {{\[\[}}0, 1], [2]] output_shape [2, 3, 5]
func.func @positions(%x: tensor<2x3x8xf32>, %w: tensor<4x8xf32>, %v: tensor<5x4xf32>) -> tensor<2x3x5xf32> {
  %h = auxact.linear %x, %w : (tensor<2x3x8xf32>, tensor<4x8xf32>) -> tensor<2x3x4xf32>
  %r = auxact.relu %h : tensor<2x3x4xf32>
  %y = auxact.linear %r, %v : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<2x3x5xf32>
  return %y : tensor<2x3x5xf32>
}
