// RUN: aux-opt %s -auxact-differentiate -convert-auxact-to-linalg -canonicalize -cse -auxact-verify-linalg-stage -split-input-file | FileCheck %s

// A product of two values of the network: each gradient is a contraction of the
// other operand, stored as the operand is.

// CHECK-DAG: #[[$MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$KM:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[$KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[$NK:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[$MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: func @plain(
// CHECK-SAME: %[[A:[^ ,:]*]]: tensor<4x8xf32> {auxact.parameter = "a"}
// CHECK-SAME: %[[B:[^ ,:]*]]: tensor<8x6xf32> {auxact.parameter = "b"}
// CHECK: linalg.generic {indexing_maps = [#[[$MK]], #[[$KN]], #[[$MN]]]
// CHECK-DAG: %[[KA:.*]] = auxact.save %[[A]]
// CHECK-DAG: %[[KB:.*]] = auxact.save %[[B]]
// CHECK: %[[DA:.*]] = linalg.generic {indexing_maps = [#[[$MK]], #[[$NK]], #[[$MN]]]{{.*}} ins(%[[D:.*]], %[[KB]] :
// CHECK: %[[DB:.*]] = linalg.generic {indexing_maps = [#[[$KM]], #[[$KN]], #[[$MN]]]{{.*}} ins(%[[KA]], %[[D]] :
// CHECK: return %{{.*}}, %[[DA]], %[[DB]]
func.func @plain(%t: tensor<4x6xf32> {auxact.input = "t"}, %a: tensor<4x8xf32> {auxact.parameter = "a"}, %b: tensor<8x6xf32> {auxact.parameter = "b"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  %y = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x6xf32>) outs(%i : tensor<4x6xf32>) -> tensor<4x6xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// Both operands stored transposed, and a start that is a parameter as well.

// CHECK-DAG: #[[$AT:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[$BT:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-LABEL: func @transposed(
// CHECK-SAME: %[[A:[^ ,:]*]]: tensor<8x4xf32> {auxact.parameter = "a"}
// CHECK-SAME: %[[B:[^ ,:]*]]: tensor<6x8xf32> {auxact.parameter = "b"}
// CHECK-SAME: %[[C:[^ ,:]*]]: tensor<4x6xf32> {auxact.parameter = "c"}
// CHECK: %[[P:.*]] = linalg.generic {indexing_maps = [#[[$AT]], #[[$BT]], #{{.*}}], iterator_types
// CHECK: linalg.generic {{.*}} ins(%[[P]], %[[C]]
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<8x4xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<6x8xf32>)
func.func @transposed(%t: tensor<4x6xf32> {auxact.input = "t"}, %a: tensor<8x4xf32> {auxact.parameter = "a"}, %b: tensor<6x8xf32> {auxact.parameter = "b"},
                      %c: tensor<4x6xf32> {auxact.parameter = "c"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<8x4xf32>, tensor<6x8xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
