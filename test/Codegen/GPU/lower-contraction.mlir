// Tiles, stages and instructions of contractions: one kernel a way of
// multiplying, and the bits of the sign rule.

// RUN: aux-opt %s --auxact-lower-gpu-contraction="chip=sm_90a" -split-input-file | FileCheck %s

// Float32: four rows of warps, each thread eight by eight sums; 16 bytes a copy.
// CHECK-LABEL: gpu.module @exact_device
// CHECK:       gpu.func @exact(%[[A:.*]]: memref<4096x1024xf32> {llvm.align = 16 : i64, llvm.noalias, llvm.readonly}
// CHECK-SAME:    auxact.grid = array<i64: 1024, 1, 1>
// CHECK-SAME:    known_block_size = array<i32: 256, 1, 1>
// CHECK:         nvgpu.device_async_copy %{{.*}}, %{{.*}}, 4 {bypassL1}
// CHECK:         scf.for {{.*}} iter_args({{.*}}) -> (vector<4xf32>
// CHECK:           nvvm.cp.async.wait.group 1
// CHECK-NEXT:      gpu.barrier
// CHECK:           nvvm.cp.async.commit.group
// CHECK:           scf.for
// CHECK:             vector.load %{{.*}} {alignment = 16 : i64} : memref<6144xf32, #gpu.address_space<workgroup>>, vector<4xf32>
// CHECK-COUNT-32:    vector.fma
// CHECK-NOT:         vector.fma
// CHECK:         nvvm.cp.async.wait.group 0
// CHECK:         vector.store %{{.*}} {alignment = 16 : i64} : memref<4096x4096xf32>, vector<4xf32>
func.func @exact(%a: tensor<4096x1024xf32>, %b: tensor<1024x4096xf32>) -> tensor<4096x4096xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<4096x4096xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<4096x4096xf32>) -> tensor<4096x4096xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<4096x1024xf32>, tensor<1024x4096xf32>) outs(%init : tensor<4096x4096xf32>) {
  ^bb0(%l: f32, %r: f32, %sum: f32):
    %product = arith.mulf %l, %r : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  } -> tensor<4096x4096xf32>
  return %c : tensor<4096x4096xf32>
}

// -----

// tf32: numbers are rounded before they are multiplied; the left factor comes by
// ldmatrix, which cannot transpose the right one.
// CHECK-LABEL: gpu.func @tf32
// CHECK:         nvgpu.ldmatrix %{{.*}} {numTiles = 4 : i32, transpose = false}
// CHECK:         nvvm.convert.float.to.tf32 %{{.*}} {rnd = #nvvm.fp_rnd_mode<rna>}
// CHECK:         memref.load %{{.*}} : memref<{{.*}}xf32, #gpu.address_space<workgroup>>
// CHECK:         nvvm.mma.sync {{.*}}multiplicandAPtxType = #nvvm.mma_type<tf32>{{.*}}shape = #nvvm.shape<m = 16, n = 8, k = 8>
func.func @tf32(%a: tensor<4096x1024xf32>, %b: tensor<1024x4096xf32>) -> tensor<4096x4096xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<4096x4096xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<4096x4096xf32>) -> tensor<4096x4096xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"], auxact.precision = "tf32"}
      ins(%a, %b : tensor<4096x1024xf32>, tensor<1024x4096xf32>) outs(%init : tensor<4096x4096xf32>) {
  ^bb0(%l: f32, %r: f32, %sum: f32):
    %product = arith.mulf %l, %r : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  } -> tensor<4096x4096xf32>
  return %c : tensor<4096x4096xf32>
}

// -----

// bf16, a weight gradient: both factors are transposed by ldmatrix.
// CHECK-LABEL: gpu.func @bf16
// CHECK-SAME:    auxact.shared_bytes = 98304
// CHECK-NOT:     transpose = false
// CHECK:         nvgpu.ldmatrix %{{.*}} {numTiles = 4 : i32, transpose = true}
// CHECK:         nvvm.mma.sync {{.*}}multiplicandAPtxType = #nvvm.mma_type<bf16>{{.*}}shape = #nvvm.shape<m = 16, n = 8, k = 16>
func.func @bf16(%a: tensor<1024x4096xbf16>, %b: tensor<1024x4096xbf16>) -> tensor<4096x4096xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<4096x4096xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<4096x4096xf32>) -> tensor<4096x4096xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<1024x4096xbf16>, tensor<1024x4096xbf16>) outs(%init : tensor<4096x4096xf32>) {
  ^bb0(%l: bf16, %r: bf16, %sum: f32):
    %left = arith.extf %l : bf16 to f32
    %right = arith.extf %r : bf16 to f32
    %product = arith.mulf %left, %right : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  } -> tensor<4096x4096xf32>
  return %c : tensor<4096x4096xf32>
}

// -----

// Sizes that are no multiples of anything: 4 bytes a copy, of which none are
// read outside of the factor.
// CHECK-LABEL: gpu.func @odd
// CHECK:         %[[READ:.*]] = arith.select %{{.*}}, %c1{{.*}}, %c0{{.*}} : index
// CHECK:         nvgpu.device_async_copy %{{.*}}, %{{.*}}, 1, %[[READ]] : memref<37x29xf32>
func.func @odd(%a: tensor<37x29xf32>, %b: tensor<29x53xf32>) -> tensor<37x53xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<37x53xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<37x53xf32>) -> tensor<37x53xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<37x29xf32>, tensor<29x53xf32>) outs(%init : tensor<37x53xf32>) {
  ^bb0(%l: f32, %r: f32, %sum: f32):
    %product = arith.mulf %l, %r : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  } -> tensor<37x53xf32>
  return %c : tensor<37x53xf32>
}

// -----

// A small and deep one: parts of the depth side by side, added up in order.
// CHECK-LABEL: gpu.module @deep_device attributes {auxact.workspace_bytes = 2097152 : i64}
// CHECK:       gpu.func @deep(
// CHECK-SAME:    auxact.grid = array<i64: 4, 32, 1>
// CHECK:         vector.store %{{.*}} : memref<32x128x128xf32>, vector<4xf32>
// CHECK:       gpu.func @deep_1(
// CHECK:          vector.load %{{.*}} : memref<32x128x128xf32>, vector<4xf32>
// CHECK-COUNT-31: arith.addf %{{.*}} : vector<4xf32>
// CHECK-NOT:      arith.addf
// CHECK:          vector.store %{{.*}} : memref<128x128xf32>, vector<4xf32>
func.func @deep(%a: tensor<128x65536xbf16>, %b: tensor<128x65536xbf16>) -> tensor<128x128xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<128x128xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<128x128xf32>) -> tensor<128x128xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<128x65536xbf16>, tensor<128x65536xbf16>) outs(%init : tensor<128x128xf32>) {
  ^bb0(%l: bf16, %r: bf16, %sum: f32):
    %left = arith.extf %l : bf16 to f32
    %right = arith.extf %r : bf16 to f32
    %product = arith.mulf %left, %right : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  } -> tensor<128x128xf32>
  return %c : tensor<128x128xf32>
}
