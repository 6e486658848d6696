// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @self
//  CHECK-SAME:   (%[[Q:.*]]: tensor<4x25x512xf32>, %[[K:.*]]: tensor<4x25x512xf32>, %[[V:.*]]: tensor<4x25x512xf32>)
//       CHECK:   auxact.attention %[[Q]], %[[K]], %[[V]] {causal, heads = 8 : i64}
//  CHECK-SAME:     -> (tensor<4x25x512xf32>, tensor<4x8x25xf32>)
func.func @self(%q: tensor<4x25x512xf32>, %k: tensor<4x25x512xf32>, %v: tensor<4x25x512xf32>) -> (tensor<4x25x512xf32>, tensor<4x8x25xf32>) {
  %o, %l = auxact.attention %q, %k, %v {heads = 8 : i64, causal} : (tensor<4x25x512xf32>, tensor<4x25x512xf32>, tensor<4x25x512xf32>) -> (tensor<4x25x512xf32>, tensor<4x8x25xf32>)
  return %o, %l : tensor<4x25x512xf32>, tensor<4x8x25xf32>
}

// Other tokens to look at, so many of each sample; a scale of its own.
// CHECK-LABEL: func.func @cross
//  CHECK-SAME:   %[[N:[a-z0-9]*]]: tensor<4xi32>)
//       CHECK:   auxact.attention %{{.*}}, %{{.*}}, %{{.*}}, %[[N]] {heads = 3 : i64, scale = 5.000000e-01 : f32}
func.func @cross(%q: tensor<4x7x51xf32>, %k: tensor<4x11x51xf32>, %v: tensor<4x11x51xf32>, %n: tensor<4xi32>) -> tensor<4x7x51xf32> {
  %o, %l = auxact.attention %q, %k, %v, %n {heads = 3 : i64, scale = 0.5 : f32} : (tensor<4x7x51xf32>, tensor<4x11x51xf32>, tensor<4x11x51xf32>, tensor<4xi32>) -> (tensor<4x7x51xf32>, tensor<4x3x7xf32>)
  return %o : tensor<4x7x51xf32>
}

// A mask of keys; operands in bf16, with a log-sum-exp in f32.
// CHECK-LABEL: func.func @masked
//       CHECK:   auxact.attention {{.*}} tensor<4x11xi32>) -> (tensor<4x7x32xbf16>, tensor<4x2x7xf32>)
func.func @masked(%q: tensor<4x7x32xbf16>, %k: tensor<4x11x32xbf16>, %v: tensor<4x11x32xbf16>, %m: tensor<4x11xi32>) -> tensor<4x7x32xbf16> {
  %o, %l = auxact.attention %q, %k, %v, %m {heads = 2 : i64} : (tensor<4x7x32xbf16>, tensor<4x11x32xbf16>, tensor<4x11x32xbf16>, tensor<4x11xi32>) -> (tensor<4x7x32xbf16>, tensor<4x2x7xf32>)
  return %o : tensor<4x7x32xbf16>
}
