// RUN: aux-opt %s --auxact-lower-gpu-reduction --canonicalize --cse | FileCheck %s

// Short rows: part of a warp each. What the first level has read and computed
// is still in registers at the second, so that x is read once.
// CHECK-LABEL: gpu.func @softmax(
// CHECK-SAME: %[[X:[^ ]*]]: memref<64x128xf32>
// CHECK-SAME: auxact.grid = array<i64: 8, 1, 1>, auxact.shared_bytes = 0 : i64, known_block_size = array<i32: 256, 1, 1>
// CHECK: vector.load %[[X]][{{.*}}] {alignment = 16 : i64} : memref<64x128xf32>, vector<4xf32>
// CHECK-NOT: vector.load
// CHECK-NOT: scf.for
// CHECK: arith.maximumf
// CHECK: nvvm.shfl.sync bfly {{.*}} : f32 -> f32
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: nvvm.shfl.sync bfly {{.*}} : f32 -> f32
// CHECK-NOT: math.exp
// CHECK-NOT: gpu.barrier
// CHECK: arith.divf {{.*}} : vector<4xf32>
// CHECK: vector.store {{.*}} {alignment = 16 : i64} : memref<64x128xf32>, vector<4xf32>
func.func @softmax(%x: tensor<64x128xf32>) -> tensor<64x128xf32> attributes {auxact.kernel} {
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64xf32>
  %f = tensor.empty() : tensor<64x128xf32>
  %init = linalg.fill ins(%low : f32) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  %none = linalg.fill ins(%zero : f32) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  %max = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<64x128xf32>) outs(%init : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.maximumf %o, %a : f32
    linalg.yield %m : f32
  } -> tensor<64xf32>
  %exp = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %max : tensor<64x128xf32>, tensor<64xf32>) outs(%f : tensor<64x128xf32>) {
  ^bb0(%a: f32, %m: f32, %o: f32):
    %d = arith.subf %a, %m : f32
    %v = math.exp %d : f32
    linalg.yield %v : f32
  } -> tensor<64x128xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%exp : tensor<64x128xf32>) outs(%none : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%exp, %sum : tensor<64x128xf32>, tensor<64xf32>) outs(%f : tensor<64x128xf32>) {
  ^bb0(%a: f32, %s: f32, %o: f32):
    %q = arith.divf %a, %s : f32
    linalg.yield %q : f32
  } -> tensor<64x128xf32>
  return %r : tensor<64x128xf32>
}

// Long rows: a block each, four vectors in flight; the warps' sums meet in
// shared memory.
// CHECK-LABEL: gpu.func @long(
// CHECK-SAME: auxact.grid = array<i64: 600, 1, 1>, auxact.shared_bytes = 64 : i64, known_block_size = array<i32: 512, 1, 1>
// CHECK: gpu.dynamic_shared_memory
// CHECK: scf.for
// CHECK-COUNT-4: vector.load
// CHECK: nvvm.shfl.sync bfly
// CHECK: memref.store {{.*}} : memref<16xf32, #gpu.address_space<workgroup>>
// CHECK: gpu.barrier
// CHECK: memref.load {{.*}} : memref<16xf32, #gpu.address_space<workgroup>>
// CHECK: nvvm.shfl.sync bfly
func.func @long(%x: tensor<600x32768xf32>) -> tensor<600xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<600xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<600xf32>) -> tensor<600xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<600x32768xf32>) outs(%init : tensor<600xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<600xf32>
  return %r : tensor<600xf32>
}

// Few columns of many rows: blocks leave partial sums in the workspace, the
// second grid adds them up.
// CHECK-LABEL: gpu.module @columns_device
// CHECK-SAME: auxact.workspace_bytes = [[BYTES:[0-9]+]] : i64
// CHECK: gpu.func @columns(%[[X:[^ ]*]]: memref<8192x128xf32>
// CHECK-SAME: memref<[[BYTES]]xi8>
// CHECK-SAME: auxact.grid = array<i64: 1, [[SPLITS:[0-9]+]], 1>
// CHECK: scf.for
// CHECK-COUNT-4: vector.load %[[X]][{{.*}}] {alignment = 16 : i64}
// CHECK: gpu.barrier
// CHECK: memref.view {{.*}} to memref<[[SPLITS]]x128xf32>
// CHECK: vector.store {{.*}} : memref<[[SPLITS]]x128xf32>, vector<4xf32>
// CHECK: gpu.func @columns_1(
// CHECK-SAME: auxact.grid = array<i64: 1, 1, 1>
// CHECK: vector.load {{.*}} : memref<[[SPLITS]]x128xf32>, vector<4xf32>
// CHECK: gpu.barrier
// CHECK: vector.store {{.*}} : memref<128xf32>, vector<4xf32>
func.func @columns(%x: tensor<8192x128xf32>) -> tensor<128xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<128xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<128xf32>) -> tensor<128xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>], iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<8192x128xf32>) outs(%init : tensor<128xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<128xf32>
  return %r : tensor<128xf32>
}

// A rest of the row: lanes beyond it read its last element and discard it.
// CHECK-LABEL: gpu.func @odd(
// CHECK: %[[EXISTS:.*]] = arith.cmpi slt, %{{.*}}, %c5
// CHECK: arith.minui %{{.*}}, %c4
// CHECK: %[[LOADED:.*]] = memref.load
// CHECK: arith.select %[[EXISTS]], %[[LOADED]], %{{.*}} : f32
func.func @odd(%x: tensor<3x5xf32>) -> tensor<3xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x5xf32>) outs(%init : tensor<3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<3xf32>
  return %r : tensor<3xf32>
}
