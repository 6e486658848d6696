// RUN: aux-opt %s --auxact-lower-gpu-reduction -verify-diagnostics

// Lanes hold one row each, so there is no word to pack.
// expected-error @below {{result 0 packs bits of reduced values; do it in a kernel of its own}}
func.func @packed(%x: tensor<3x5xf32>) -> tensor<4xi8> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x5xf32>) outs(%init : tensor<3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<3xf32>
  %f = tensor.empty() : tensor<3xi1>
  %i = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%r : tensor<3xf32>) outs(%f : tensor<3xi1>) {
  ^bb0(%a: f32, %o: i1):
    %b = arith.cmpf ogt, %a, %zero : f32
    linalg.yield %b : i1
  } -> tensor<3xi1>
  %p = auxact.pack_bits %i : tensor<3xi1> -> tensor<4xi8>
  return %p : tensor<4xi8>
}
