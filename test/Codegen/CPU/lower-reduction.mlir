// RUN: aux-opt %s --auxact-lower-reduction --canonicalize --cse | FileCheck %s

// Along rows: four accumulators, the rest of the row in masked lanes, halving
// at the end.
// CHECK-LABEL: func.func @rows(
// CHECK-SAME: %[[X:.*]]: memref<32x200xf32>, %[[R:.*]]: memref<32xf32>
// CHECK: %[[SUMS:.*]]:4 = scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK: vector.load %[[X]]
// CHECK: %[[REST:.*]] = vector.maskedload %[[X]]
// CHECK: arith.select {{.*}}, %[[REST]]
// CHECK: vector.shuffle {{.*}} [0, 1, 2, 3, 4, 5, 6, 7]
// CHECK: memref.store {{.*}}, %[[R]]
func.func @rows(%x: tensor<32x200xf32>) -> tensor<32xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<32xf32>) -> tensor<32xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<32x200xf32>) outs(%f : tensor<32xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = arith.addf %o, %i : f32
    linalg.yield %s : f32
  } -> tensor<32xf32>
  return %r : tensor<32xf32>
}

// Along columns: a vector of sums for a vector of columns, nothing horizontal.
// Each task has a block of columns.
// CHECK-LABEL: func.func @columns(
// CHECK-SAME: auxact.tasks = 4 : i64
// CHECK: scf.for
// CHECK: vector.load
// CHECK: arith.maximumf {{.*}} : vector<16xf32>
// CHECK-NOT: vector.shuffle
// CHECK: vector.store
func.func @columns(%x: tensor<32x256xf32>) -> tensor<256xf32> attributes {auxact.kernel} {
  %least = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<256xf32>
  %f = linalg.fill ins(%least : f32) outs(%e : tensor<256xf32>) -> tensor<256xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>], iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<32x256xf32>) outs(%f : tensor<256xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = arith.maximumf %o, %i : f32
    linalg.yield %s : f32
  } -> tensor<256xf32>
  return %r : tensor<256xf32>
}

// Between two loops: lanes along the last, and a task for several indices of the
// first with all of the last.
// CHECK-LABEL: func.func @inner(
// CHECK-SAME: %[[X:.*]]: memref<1024x9x96xf32>, %[[R:.*]]: memref<1024x96xf32>
// CHECK-SAME: auxact.tasks = 54 : i64
// CHECK: scf.for
// CHECK: vector.load %[[X]]
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: vector.shuffle
// CHECK: vector.store {{.*}}, %[[R]]
func.func @inner(%x: tensor<1024x9x96xf32>) -> tensor<1024x96xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1024x96xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1024x96xf32>) -> tensor<1024x96xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(p, r, q) -> (p, r, q)>, affine_map<(p, r, q) -> (p, q)>], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%x : tensor<1024x9x96xf32>) outs(%f : tensor<1024x96xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = arith.addf %o, %i : f32
    linalg.yield %s : f32
  } -> tensor<1024x96xf32>
  return %r : tensor<1024x96xf32>
}
