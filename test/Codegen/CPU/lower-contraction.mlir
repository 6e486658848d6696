// RUN: aux-opt %s --auxact-lower-contraction --canonicalize --cse | FileCheck %s
// RUN: aux-opt %s --auxact-lower-contraction=vector-bits=256 | FileCheck %s --check-prefix=AVX2

// One tile: a panel of the transposed factor is packed, then 24 accumulators go
// around the loop over k, and the bias is added to them before they are stored.
// CHECK-LABEL: func.func @tile(
// CHECK-SAME: %[[X:.*]]: memref<8x64xf32>, %[[W:.*]]: memref<48x64xf32>, %[[BIAS:.*]]: memref<48xf32>, %[[Y:.*]]: memref<8x48xf32>,
// CHECK-SAME: %[[WORKSPACE:.*]]: memref<12288xi8>, %{{.*}}: index)
// CHECK-SAME: auxact.tasks = 1 : i64, auxact.workspace_bytes = 12288 : i64
// CHECK: %[[PANEL:.*]] = memref.view %[[WORKSPACE]]
// CHECK: scf.for
// CHECK: vector.load %[[W]]
// CHECK: vector.shuffle
// CHECK: vector.store {{.*}}, %[[PANEL]]
// CHECK: %[[SUMS:.*]]:24 = scf.for
// CHECK: vector.load %[[PANEL]]
// CHECK: memref.load %[[X]]
// CHECK: vector.fma
// CHECK-NOT: vector.store
// CHECK: scf.yield
// CHECK: %[[B:.*]] = vector.load %[[BIAS]]
// CHECK: %[[SUM:.*]] = arith.addf %[[SUMS]]#0, %[[B]]
// CHECK: vector.store %[[SUM]], %[[Y]]
// CHECK-NOT: tensor
// AVX2-LABEL: func.func @tile(
// AVX2: iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>) {
func.func @tile(%x: tensor<8x64xf32>, %w: tensor<48x64xf32>, %bias: tensor<48xf32>) -> tensor<8x48xf32> attributes {auxact.kernel} {
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
  %y = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%c, %bias : tensor<8x48xf32>, tensor<48xf32>) outs(%e : tensor<8x48xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.addf %a, %b : f32
    linalg.yield %r : f32
  } -> tensor<8x48xf32>
  return %y : tensor<8x48xf32>
}

// Bits are expanded while they are packed: no select in the loop over k.
// CHECK-LABEL: func.func @weight_gradient(
// CHECK-SAME: %[[DELTA:.*]]: memref<64x768xf32>, %[[BITS:.*]]: memref<64x8xi8>
// CHECK: %[[BYTES:.*]] = vector.load %[[BITS]]{{.*}} vector<2xi8>
// CHECK: %[[BIT:.*]] = vector.bitcast %[[BYTES]] : vector<2xi8> to vector<16xi1>
// CHECK: %[[LEVELS:.*]] = arith.select %[[BIT]]
// CHECK: vector.store %[[LEVELS]], %[[PANEL:.*]][
// CHECK: scf.for {{.*}} iter_args
// CHECK-NOT: arith.select
// CHECK: memref.load %[[DELTA]]
// CHECK: vector.fma
func.func @weight_gradient(%delta: tensor<64x768xf32>, %bits: tensor<64x8xi8>) -> tensor<768x48xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -0.01 : f32
  %high = arith.constant 0.01 : f32
  %i = auxact.unpack_bits %bits : tensor<64x8xi8> -> tensor<64x48xi1>
  %ea = tensor.empty() : tensor<64x48xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(k, n) -> (k, n)>, affine_map<(k, n) -> (k, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<64x48xi1>) outs(%ea : tensor<64x48xf32>) {
  ^bb0(%bit: i1, %o: f32):
    %v = arith.select %bit, %high, %low : f32
    linalg.yield %v : f32
  } -> tensor<64x48xf32>
  %e = tensor.empty() : tensor<768x48xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<768x48xf32>) -> tensor<768x48xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%delta, %a : tensor<64x768xf32>, tensor<64x48xf32>) outs(%f : tensor<768x48xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %p = arith.mulf %x, %y : f32
    %r = arith.addf %s, %p : f32
    linalg.yield %r : f32
  } -> tensor<768x48xf32>
  return %c : tensor<768x48xf32>
}

// A width that fits no vector: the last lanes are masked, nothing is scalar.
// CHECK-LABEL: func.func @ten_classes(
// CHECK: vector.maskedload
// CHECK: vector.fma
// CHECK: vector.maskedstore
// CHECK-NOT: memref.store
func.func @ten_classes(%d: tensor<8x16xf32>, %w: tensor<16x10xf32>) -> tensor<8x10xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x10xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x10xf32>) -> tensor<8x10xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%d, %w : tensor<8x16xf32>, tensor<16x10xf32>) outs(%f : tensor<8x10xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %p = arith.mulf %a, %b : f32
    %r = arith.addf %s, %p : f32
    linalg.yield %r : f32
  } -> tensor<8x10xf32>
  return %c : tensor<8x10xf32>
}

// A product for each element of a batch: B is packed for each, A is read where it
// lies, and small products share a task.
// CHECK-LABEL: func.func @batch(
// CHECK-SAME: %[[W:.*]]: memref<48x64xf32>, %[[X:.*]]: memref<10x64x96xf32>, %[[Y:.*]]: memref<10x48x96xf32>
// CHECK: scf.for %[[B:.*]] =
// CHECK: vector.load %[[X]][%[[B]], {{.*}}] : memref<10x64x96xf32>, vector<16xf32>
// CHECK: memref.load %[[W]]
// CHECK: vector.store {{.*}}, %[[Y]][%[[B]],
func.func @batch(%w: tensor<48x64xf32>, %x: tensor<10x64x96xf32>) -> tensor<10x48x96xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<10x48x96xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<10x48x96xf32>) -> tensor<10x48x96xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (m, k)>, affine_map<(b, m, n, k) -> (b, k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%w, %x : tensor<48x64xf32>, tensor<10x64x96xf32>) outs(%f : tensor<10x48x96xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<10x48x96xf32>
  return %y : tensor<10x48x96xf32>
}

// Summed over the batch: more blocks of K, partial sums in the result.
// CHECK-LABEL: func.func @summed(
// CHECK-SAME: %[[D:.*]]: memref<10x48x64xf32>, %[[X:.*]]: memref<10x96x64xf32>, %[[G:.*]]: memref<48x96xf32>
// CHECK: scf.for %[[B:.*]] = %{{.*}} to %[[C10:.*]] step
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[B]], %{{.*}}
// CHECK: scf.if %[[FIRST]]
// CHECK: vector.load %[[G]]
// CHECK: vector.store {{.*}}, %[[G]]
func.func @summed(%d: tensor<10x48x64xf32>, %x: tensor<10x96x64xf32>) -> tensor<48x96xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<48x96xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<48x96xf32>) -> tensor<48x96xf32>
  %g = linalg.generic {indexing_maps = [affine_map<(m, n, b, k) -> (b, m, k)>, affine_map<(m, n, b, k) -> (b, n, k)>, affine_map<(m, n, b, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%d, %x : tensor<10x48x64xf32>, tensor<10x96x64xf32>) outs(%f : tensor<48x96xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<48x96xf32>
  return %g : tensor<48x96xf32>
}
