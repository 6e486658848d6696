// RUN: aux-opt %s -split-input-file -auxact-set-precision="precision=bfloat16" -cse | FileCheck %s
// RUN: aux-opt %s -split-input-file -auxact-set-precision="precision=tf32" | FileCheck %s --check-prefix=TF32
// RUN: aux-opt %s -split-input-file -auxact-set-precision | FileCheck %s --check-prefix=STRICT
// RUN: not aux-opt %s -split-input-file -auxact-set-precision="precision=half" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not aux-opt %s -split-input-file --auxact-train-pipeline="precision=half" 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: unknown precision 'half'; expected float32, tf32 or bfloat16

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#km = affine_map<(m, n, k) -> (k, m)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// One rounding of %y serves the contraction, what is kept and the sum; a model's
// input is rounded by what reads it, and stays in float32 where it is kept; the
// elementwise reader sees the value unrounded.

// STRICT-LABEL: func.func @layer
// STRICT-NOT: bf16
// TF32-LABEL: func.func @layer
// TF32-NOT: bf16
// TF32: linalg.generic {{.*}} attrs = {auxact.precision = "tf32"}
// TF32: linalg.generic {{.*}} attrs = {auxact.precision = "tf32"}
// CHECK-LABEL: func.func @layer
// CHECK-SAME: %[[X:.*]]: tensor<8x16xf32>, %[[W:[^:]*]]: tensor<4x16xf32>
// CHECK-DAG: %[[XR:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<8x16xf32>) outs(%{{.*}} : tensor<8x16xbf16>)
// CHECK-DAG: %[[WR:.*]] = linalg.generic {{.*}} ins(%[[W]] : tensor<4x16xf32>) outs(%{{.*}} : tensor<4x16xbf16>)
// CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%[[XR]], %[[WR]] : tensor<8x16xbf16>, tensor<4x16xbf16>) outs(%{{.*}} : tensor<8x4xf32>)
// CHECK: arith.extf
// CHECK: arith.extf
// CHECK: arith.mulf %{{.*}} : f32
// CHECK: arith.addf %{{.*}} : f32
// CHECK: %[[YR:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<8x4xf32>) outs(%{{.*}} : tensor<8x4xbf16>)
// CHECK: arith.truncf
// CHECK: linalg.generic {{.*}} ins(%[[Y]] : tensor<8x4xf32>)
// CHECK: arith.mulf
// CHECK: auxact.save %[[X]] {{.*}} exact_bytes 0 : tensor<8x16xf32>
// CHECK: %[[KEPT:.*]] = auxact.save %[[YR]] layer "1" rule "exact" exact_bytes 64 : tensor<8x4xbf16>
// CHECK: linalg.generic {{.*}} ins(%[[YR]], %[[KEPT]] : tensor<8x4xbf16>, tensor<8x4xbf16>)
// CHECK: linalg.generic {{.*}} ins(%[[YR]] : tensor<8x4xbf16>) outs(%{{.*}} : tensor<4xf32>)
// CHECK: arith.extf
// CHECK: arith.addf %{{.*}} : f32
func.func @layer(%x: tensor<8x16xf32>, %w: tensor<4x16xf32>)
    -> (tensor<8x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<8x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<8x4xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<8x4xf32>) -> tensor<8x4xf32>
  %y = linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<8x16xf32>, tensor<4x16xf32>) outs(%f0 : tensor<8x4xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<8x4xf32>
  %twice = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<8x4xf32>) outs(%e0 : tensor<8x4xf32>) {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %a : f32
    linalg.yield %p : f32
  } -> tensor<8x4xf32>
  %input = auxact.save %x layer "0" rule "exact" exact_bytes 0 : tensor<8x16xf32>
  %kept = auxact.save %y layer "1" rule "exact" exact_bytes 128 : tensor<8x4xf32>
  %e1 = tensor.empty() : tensor<4x4xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %g = linalg.generic {indexing_maps = [#km, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y, %kept : tensor<8x4xf32>, tensor<8x4xf32>) outs(%f1 : tensor<4x4xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x4xf32>
  %e2 = tensor.empty() : tensor<4xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]}
      ins(%y : tensor<8x4xf32>) outs(%f2 : tensor<4xf32>) {
  ^bb0(%a: f32, %c: f32):
    %s = arith.addf %c, %a : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %twice, %g, %sum, %input : tensor<8x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<8x16xf32>
}

// -----

// What a loss reads stays in float32, as it is in memory so anyway; so do
// statistics. Bits are kept as they are, in place of a bf16 activation.

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func.func @kept
// CHECK-NOT: bf16
// CHECK: auxact.save %{{.*}} exact_bytes 128 : tensor<8x4xf32>
// CHECK: auxact.save %{{.*}} exact_bytes 32 : tensor<8xf32>
// CHECK: auxact.save %{{.*}} layer "1" {{.*}} exact_bytes 64 : tensor<8x4xi8>
// CHECK: auxact.save %{{.*}} layer "relu" {{.*}} exact_bytes 32 : tensor<8x4xi8>
func.func @kept(%x: tensor<8x4xf32>, %bits: tensor<8x4xi8>)
    -> (tensor<8x4xf32>, tensor<8xf32>, tensor<8x4xi8>, tensor<8x4xi8>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<8x4xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x4xf32>) outs(%e0 : tensor<8x4xf32>) {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %a : f32
    linalg.yield %p : f32
  } -> tensor<8x4xf32>
  %e1 = tensor.empty() : tensor<8xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<8xf32>) -> tensor<8xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%y : tensor<8x4xf32>) outs(%f1 : tensor<8xf32>) {
  ^bb0(%a: f32, %c: f32):
    %s = arith.addf %c, %a : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %k0 = auxact.save %y layer "loss" rule "cross_entropy" exact_bytes 128 : tensor<8x4xf32>
  %k1 = auxact.save %sum layer "loss" rule "cross_entropy" exact_bytes 32 : tensor<8xf32>
  %k2 = auxact.save %bits layer "1" rule "sign" exact_bytes 128 : tensor<8x4xi8>
  %k3 = auxact.save %bits layer "relu" rule "relu" exact_bytes 32 : tensor<8x4xi8>
  return %k0, %k1, %k2, %k3 : tensor<8x4xf32>, tensor<8xf32>, tensor<8x4xi8>, tensor<8x4xi8>
}

// -----

// A value under two shapes is rounded once, before the reshapes.

// CHECK-LABEL: func.func @reshaped
// CHECK: %[[R:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<8x4xbf16>)
// CHECK: arith.truncf
// CHECK: %[[E:.*]] = tensor.expand_shape %[[R]] {{.*}} : tensor<8x4xbf16> into tensor<2x4x4xbf16>
// CHECK: %[[K:.*]] = auxact.save %[[E]] {{.*}} exact_bytes 64 : tensor<2x4x4xbf16>
// CHECK-NOT: arith.truncf
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[K]] {{.*}} : tensor<2x4x4xbf16> into tensor<8x4xbf16>
// CHECK: linalg.generic {{.*}} ins(%[[R]], %[[C]] : tensor<8x4xbf16>, tensor<8x4xbf16>)
#id = affine_map<(d0, d1) -> (d0, d1)>
#kn = affine_map<(m, n, k) -> (k, n)>
#km = affine_map<(m, n, k) -> (k, m)>
#mn = affine_map<(m, n, k) -> (m, n)>
func.func @reshaped(%x: tensor<8x4xf32>) -> tensor<4x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<8x4xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x4xf32>) outs(%e0 : tensor<8x4xf32>) {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %a : f32
    linalg.yield %p : f32
  } -> tensor<8x4xf32>
  %v = tensor.expand_shape %y [[0, 1], [2]] output_shape [2, 4, 4] : tensor<8x4xf32> into tensor<2x4x4xf32>
  %k = auxact.save %v layer "1" rule "exact" exact_bytes 128 : tensor<2x4x4xf32>
  %c = tensor.collapse_shape %k [[0, 1], [2]] : tensor<2x4x4xf32> into tensor<8x4xf32>
  %e1 = tensor.empty() : tensor<4x4xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %g = linalg.generic {indexing_maps = [#km, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y, %c : tensor<8x4xf32>, tensor<8x4xf32>) outs(%f1 : tensor<4x4xf32>) {
  ^bb0(%a: f32, %b: f32, %cc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %cc, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x4xf32>
  return %g : tensor<4x4xf32>
}

// -----

// The levels of a decode go into the product as +-1, which bf16 holds, and
// epsilon is multiplied in afterwards.

// CHECK-LABEL: func.func @levels
// CHECK: %[[U:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<8x4xi1>) outs(%{{.*}} : tensor<8x4xbf16>)
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : bf16
// CHECK: %[[G:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[U]] : tensor<8x4xbf16>, tensor<8x4xbf16>)
// CHECK: linalg.generic {{.*}} ins(%[[G]] : tensor<4x4xf32>)
// CHECK: arith.constant 0.00999999977 : f32
// CHECK: arith.mulf
#id = affine_map<(d0, d1) -> (d0, d1)>
#kn = affine_map<(m, n, k) -> (k, n)>
#km = affine_map<(m, n, k) -> (k, m)>
#mn = affine_map<(m, n, k) -> (m, n)>
func.func @levels(%d: tensor<8x4xf32>, %bits: tensor<8x4xi8>) -> tensor<4x4xf32> {
  %zero = arith.constant 0.0 : f32
  %i = auxact.unpack_bits %bits : tensor<8x4xi8> -> tensor<8x4xi1>
  %e0 = tensor.empty() : tensor<8x4xf32>
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<8x4xi1>) outs(%e0 : tensor<8x4xf32>) {
  ^bb0(%bit: i1, %c: f32):
    %high = arith.constant 0.01 : f32
    %low = arith.constant -0.01 : f32
    %p = arith.select %bit, %high, %low : f32
    linalg.yield %p : f32
  } -> tensor<8x4xf32>
  %e1 = tensor.empty() : tensor<4x4xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %g = linalg.generic {indexing_maps = [#km, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%d, %a : tensor<8x4xf32>, tensor<8x4xf32>) outs(%f1 : tensor<4x4xf32>) {
  ^bb0(%p0: f32, %p1: f32, %c: f32):
    %p = arith.mulf %p0, %p1 : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x4xf32>
  return %g : tensor<4x4xf32>
}
