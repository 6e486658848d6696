// RUN: aux-opt %s -auxact-verify-linalg-stage | FileCheck %s

// Loops around contractions and reductions.

// A product for each element of a batch, one factor the same for all.
// CHECK-LABEL: func @batch
func.func @batch(%a: tensor<4x5xf32>, %b: tensor<2x6x5xf32>) -> tensor<2x4x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4x6xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<4x5xf32>, tensor<2x6x5xf32>) outs(%i : tensor<2x4x6xf32>) {
  ^bb0(%l: f32, %q: f32, %out: f32):
    %p = arith.mulf %l, %q : f32
    %s = arith.addf %p, %out : f32
    linalg.yield %s : f32
  } -> tensor<2x4x6xf32>
  return %r : tensor<2x4x6xf32>
}

// The sum of the products of a batch.
// CHECK-LABEL: func @summed
func.func @summed(%a: tensor<2x5x4xf32>, %b: tensor<2x5x6xf32>) -> tensor<4x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, b, k) -> (b, k, m)>, affine_map<(m, n, b, k) -> (b, k, n)>, affine_map<(m, n, b, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%a, %b : tensor<2x5x4xf32>, tensor<2x5x6xf32>) outs(%i : tensor<4x6xf32>) {
  ^bb0(%l: f32, %q: f32, %out: f32):
    %p = arith.mulf %l, %q : f32
    %s = arith.addf %p, %out : f32
    linalg.yield %s : f32
  } -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// A reduction between two loops, of a product with what is read at two of them.
// CHECK-LABEL: func @inner
func.func @inner(%x: tensor<2x5x6xf32>, %w: tensor<5x6xf32>) -> tensor<2x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x6xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<2x6xf32>) -> tensor<2x6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(p, r, q) -> (p, r, q)>, affine_map<(p, r, q) -> (r, q)>, affine_map<(p, r, q) -> (p, q)>], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<2x5x6xf32>, tensor<5x6xf32>) outs(%i : tensor<2x6xf32>) {
  ^bb0(%l: f32, %q: f32, %out: f32):
    %p = arith.mulf %l, %q : f32
    %s = arith.addf %p, %out : f32
    linalg.yield %s : f32
  } -> tensor<2x6xf32>
  return %r : tensor<2x6xf32>
}
