// RUN: aux-opt %s --auxact-lower-elementwise --canonicalize --cse | FileCheck %s

// Everything has one shape: one flat loop, and the scalar is read once.
// CHECK-LABEL: func.func @flat(
// CHECK-SAME: %[[W:.*]]: memref<300x100xf32>, %[[RATE:.*]]: memref<f32>, %[[R:.*]]: memref<300x100xf32>
// CHECK: %[[FLAT:.*]] = memref.reinterpret_cast %[[W]] {{.*}} to memref<30000xf32>
// CHECK: memref.load %[[RATE]]
// CHECK: scf.for
// CHECK-NOT: memref.load
// CHECK: vector.load %{{.*}} : memref<30000xf32>, vector<16xf32>
// CHECK: arith.mulf {{.*}} : vector<16xf32>
// CHECK: vector.store
func.func @flat(%w: tensor<300x100xf32>, %rate: tensor<f32>) -> tensor<300x100xf32> attributes {auxact.kernel} {
  %e = tensor.empty() : tensor<300x100xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%w, %rate : tensor<300x100xf32>, tensor<f32>) outs(%e : tensor<300x100xf32>) {
  ^bb0(%i: f32, %s: f32, %o: f32):
    %v = arith.mulf %i, %s : f32
    linalg.yield %v : f32
  } -> tensor<300x100xf32>
  return %r : tensor<300x100xf32>
}

// Bits go row by row: whole vectors, masked lanes, and the padding as zeros.
// CHECK-LABEL: func.func @bits(
// CHECK-SAME: %[[X:.*]]: memref<4x20xf32>, %[[R:.*]]: memref<4x4xi8>
// CHECK: arith.cmpf ogt, {{.*}} : vector<16xf32>
// CHECK: vector.bitcast {{.*}} : vector<16xi1> to vector<2xi8>
// CHECK: vector.maskedload %[[X]]
// CHECK: arith.andi {{.*}} : vector<16xi1>
// CHECK-NOT: memref.store
func.func @bits(%x: tensor<4x20xf32>) -> tensor<4x4xi8> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x20xi1>
  %i = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x20xf32>) outs(%e : tensor<4x20xi1>) {
  ^bb0(%a: f32, %o: i1):
    %b = arith.cmpf ogt, %a, %zero : f32
    linalg.yield %b : i1
  } -> tensor<4x20xi1>
  %p = auxact.pack_bits %i : tensor<4x20xi1> -> tensor<4x4xi8>
  return %p : tensor<4x4xi8>
}
