// RUN: aux-opt %s -auxact-lower-elementwise=vector-bits=512 | FileCheck %s --check-prefixes=CHECK,V512
// RUN: aux-opt %s -auxact-lower-elementwise=vector-bits=256 | FileCheck %s --check-prefixes=CHECK,V256

#id = affine_map<(i, j) -> (i, j)>

// A destination-passing function on vectors: nothing is left on tensors, no
// scalar loop does the work, and nothing is allocated.
// CHECK-LABEL: func.func @relu
//  CHECK-SAME:   memref<64x100xf32>{{.*}} memref<64x100xf32>
//  CHECK-SAME:   auxact.kernel
//  CHECK-SAME:   auxact.tasks
//  CHECK-SAME:   auxact.workspace_bytes = 0
//   CHECK-NOT:   linalg
//   CHECK-NOT:   memref.alloc
//        V512:   arith.maximumf %{{.*}} : vector<16xf32>
//        V256:   arith.maximumf %{{.*}} : vector<8xf32>
//   CHECK-NOT:   linalg
//   CHECK-NOT:   arith.maximumf %{{.*}} : f32
func.func @relu(%x: tensor<64x100xf32>) -> tensor<64x100xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x100xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x100xf32>) outs(%e : tensor<64x100xf32>) {
  ^bb0(%a: f32, %o: f32):
    %b = arith.maximumf %a, %zero : f32
    linalg.yield %b : f32
  } -> tensor<64x100xf32>
  return %y : tensor<64x100xf32>
}

#vector = affine_map<(i) -> (i)>

// Elements beyond the last full vector are masked lanes of the same code.
// CHECK-LABEL: func.func @odd
//       CHECK:   vector.maskedload
//   CHECK-NOT:   memref.load
//       CHECK:   vector.maskedstore
func.func @odd(%x: tensor<37xf32>) -> tensor<37xf32> attributes {auxact.kernel} {
  %e = tensor.empty() : tensor<37xf32>
  %y = linalg.generic {indexing_maps = [#vector, #vector], iterator_types = ["parallel"]}
      ins(%x : tensor<37xf32>) outs(%e : tensor<37xf32>) {
  ^bb0(%a: f32, %o: f32):
    %b = arith.addf %a, %a : f32
    linalg.yield %b : f32
  } -> tensor<37xf32>
  return %y : tensor<37xf32>
}
