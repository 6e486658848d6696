// RUN: aux-opt %s -auxact-lower-reduction=vector-bits=512 | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>

// Along the last dimension: row by row on vectors, the last elements of a row in
// masked lanes, one number stored at its end.
// CHECK-LABEL: func.func @rows
//  CHECK-SAME:   memref<64x100xf32>{{.*}} memref<64xf32>
//   CHECK-NOT:   linalg
//       CHECK:   arith.addf %{{.*}} : vector<16xf32>
//       CHECK:   vector.maskedload
//       CHECK:   memref.store %{{.*}} : memref<64xf32>
func.func @rows(%x: tensor<64x100xf32>) -> tensor<64xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  %y = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<64x100xf32>) outs(%f : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<64xf32>
  return %y : tensor<64xf32>
}

// Along the first: down a block of columns, so that no horizontal sum is needed.
// CHECK-LABEL: func.func @columns
//  CHECK-SAME:   memref<64x100xf32>{{.*}} memref<100xf32>
//   CHECK-NOT:   linalg
//   CHECK-NOT:   vector.{{reduction|shuffle}}
//       CHECK:   arith.maximumf %{{.*}} : vector<16xf32>
//   CHECK-NOT:   vector.{{reduction|shuffle}}
//       CHECK:   return
func.func @columns(%x: tensor<64x100xf32>) -> tensor<100xf32> attributes {auxact.kernel} {
  %least = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<100xf32>
  %f = linalg.fill ins(%least : f32) outs(%e : tensor<100xf32>) -> tensor<100xf32>
  %y = linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<64x100xf32>) outs(%f : tensor<100xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.maximumf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<100xf32>
  return %y : tensor<100xf32>
}
