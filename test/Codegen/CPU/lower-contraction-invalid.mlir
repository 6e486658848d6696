// RUN: aux-opt %s --auxact-lower-contraction --split-input-file --verify-diagnostics

// A result that belongs to no loop of the contraction.
// expected-error @+1 {{result 1 of the kernel has the shape neither of its contraction nor of one of its factors}}
func.func @stranger(%x: tensor<8x64xf32>, %w: tensor<48x64xf32>, %v: tensor<7xf32>) -> (tensor<8x48xf32>, tensor<7xf32>) attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x48xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x48xf32>) -> tensor<8x48xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<8x64xf32>, tensor<48x64xf32>) outs(%f : tensor<8x48xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %p = arith.mulf %a, %b : f32
    %r = arith.addf %s, %p : f32
    linalg.yield %r : f32
  } -> tensor<8x48xf32>
  return %c, %v : tensor<8x48xf32>, tensor<7xf32>
}
