// RUN: aux-opt %s -auxact-lower-contraction=vector-bits=512 | FileCheck %s --check-prefixes=CHECK,V512
// RUN: aux-opt %s -auxact-lower-contraction=vector-bits=256 | FileCheck %s --check-prefixes=CHECK,V256

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#result = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(i, j) -> (i, j)>
#bias = affine_map<(i, j) -> (j)>

// A linear layer with its bias and relu: accumulators in vector registers, the
// epilogue on them before they are stored, and no tensor between the two.
// CHECK-LABEL: func.func @linear
//  CHECK-SAME:   memref<64x128xf32>{{.*}} memref<96x128xf32>{{.*}} memref<96xf32>{{.*}} memref<64x96xf32>
//  CHECK-SAME:   auxact.tasks
//  CHECK-SAME:   auxact.workspace_bytes
//   CHECK-NOT:   linalg
//   CHECK-NOT:   memref.alloc
//        V512:   vector.fma %{{.*}} : vector<16xf32>
//        V256:   vector.fma %{{.*}} : vector<8xf32>
//        V512:   arith.maximumf %{{.*}} : vector<16xf32>
//        V256:   arith.maximumf %{{.*}} : vector<8xf32>
//   CHECK-NOT:   linalg
func.func @linear(%x: tensor<64x128xf32>, %w: tensor<96x128xf32>, %b: tensor<96xf32>) -> tensor<64x96xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x96xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x96xf32>) -> tensor<64x96xf32>
  %c = linalg.generic {indexing_maps = [#row, #column, #result], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<64x128xf32>, tensor<96x128xf32>) outs(%f : tensor<64x96xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %m = arith.mulf %p, %q : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<64x96xf32>
  %y = linalg.generic {indexing_maps = [#id, #bias, #id], iterator_types = ["parallel", "parallel"]}
      ins(%c, %b : tensor<64x96xf32>, tensor<96xf32>) outs(%e : tensor<64x96xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %s = arith.addf %p, %q : f32
    %r = arith.maximumf %s, %zero : f32
    linalg.yield %r : f32
  } -> tensor<64x96xf32>
  return %y : tensor<64x96xf32>
}
