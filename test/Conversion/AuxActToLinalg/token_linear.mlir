// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse | FileCheck %s
// RUN: aux-opt %s -auxact-differentiate -convert-auxact-to-linalg -canonicalize -cse -auxact-verify-linalg-stage | FileCheck %s --check-prefix=BACK

// A layer over tokens is a product for each element of the batch; the weight is
// the left factor, and the bias an epilogue that is read at rows.

// CHECK-DAG: #[[$LHS:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d3)>
// CHECK-DAG: #[[$RHS:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>
// CHECK-DAG: #[[$OUT:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-LABEL: func @step(
// CHECK-SAME: %[[X:.*]]: tensor<4x6x8xf32> {{.*}}, %[[W:.*]]: tensor<5x6xf32> {{.*}}, %[[B:.*]]: tensor<5xf32>
// CHECK-NOT: tensor.{{collapse|expand}}_shape
// CHECK: %[[C:.*]] = linalg.generic {indexing_maps = [#[[$LHS]], #[[$RHS]], #[[$OUT]]], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
// CHECK-SAME: ins(%[[W]], %[[X]] :
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[$ROW]], #{{.*}}], iterator_types = ["parallel", "parallel", "parallel"]}
// CHECK-SAME: ins(%[[C]], %[[B]]
// CHECK: arith.addf

// Backward: the weight's gradient is summed over batch and features, the input's
// is a product with the weight read the other way round.
// BACK-DAG: #[[$DELTA:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d0, d3)>
// BACK-DAG: #[[$AUX:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d1, d3)>
// BACK-DAG: #[[$SUM:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1)>
// BACK-DAG: #[[$TURNED:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d1)>
// BACK-LABEL: func @step(
// BACK-DAG: linalg.generic {indexing_maps = [#[[$DELTA]], #[[$AUX]], #[[$SUM]]], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
// BACK-DAG: linalg.generic {indexing_maps = [#[[$TURNED]], #{{.*}}, #{{.*}}], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
func.func @step(%x: tensor<4x6x8xf32> {auxact.input = "x"}, %w: tensor<5x6xf32> {auxact.parameter = "w"},
                %b: tensor<5xf32> {auxact.parameter = "b"}, %v: tensor<3x5xf32> {auxact.parameter = "v"},
                %y: tensor<4x3x8xf32> {auxact.input = "y"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.token_linear %x, %w, %b {name = "0"} : (tensor<4x6x8xf32>, tensor<5x6xf32>, tensor<5xf32>) -> tensor<4x5x8xf32>
  %z = auxact.token_linear %h, %v {name = "1"} : (tensor<4x5x8xf32>, tensor<3x5xf32>) -> tensor<4x3x8xf32>
  %l = auxact.mean_squared_error %z, %y : (tensor<4x3x8xf32>, tensor<4x3x8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
