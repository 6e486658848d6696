// RUN: aux-opt %s -auxact-align-shapes -canonicalize -cse | FileCheck %s

// Rows and columns keep their numbers where a body counts them.
// CHECK-LABEL: func @counted(
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel"]}
// CHECK-DAG: %[[B:.*]] = linalg.index 0
// CHECK-DAG: %[[M:.*]] = linalg.index 1
// CHECK-DAG: %[[N:.*]] = linalg.index 2
// CHECK-DAG: %[[BASE:.*]] = arith.muli %[[B]], %{{.*}} : index
// CHECK-DAG: %[[ROW:.*]] = arith.addi %[[BASE]], %[[M]] : index
// CHECK: arith.addi %[[ROW]], %[[N]] : index
func.func @counted(%w: tensor<5x6xf32>, %x: tensor<4x6x8xf32>) -> tensor<20x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x5x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x5x8xf32>) -> tensor<4x5x8xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (m, k)>, affine_map<(b, m, n, k) -> (b, k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%w, %x : tensor<5x6xf32>, tensor<4x6x8xf32>) outs(%f : tensor<4x5x8xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %p = arith.mulf %l, %r : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x5x8xf32>
  %v = tensor.collapse_shape %c [[0, 1], [2]] : tensor<4x5x8xf32> into tensor<20x8xf32>
  %g = tensor.empty() : tensor<20x8xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%v : tensor<20x8xf32>) outs(%g : tensor<20x8xf32>) {
  ^bb0(%in: f32, %o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %n = arith.addi %i, %j : index
    %c32 = arith.index_cast %n : index to i32
    %number = arith.sitofp %c32 : i32 to f32
    %t = arith.mulf %in, %number : f32
    linalg.yield %t : f32
  } -> tensor<20x8xf32>
  return %y : tensor<20x8xf32>
}
