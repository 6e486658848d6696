// RUN: aux-opt %s --auxact-lower-attention --canonicalize --cse | FileCheck %s
// RUN: aux-opt %s --auxact-lower-attention=vector-bits=256 --canonicalize --cse | FileCheck %s --check-prefix=AVX2

// Scores are 8 keys x 48 queries in registers, results 6 queries x 64 features.
// A task has a head of a sample; the workspace grows with the keys and not with
// queries x keys.
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: auxact.tasks = 36 : i64, auxact.workspace_bytes = 125184 : i64
// CHECK: memref.view
// CHECK: scf.for
// Scores: 24 sums.
// CHECK: %{{.*}}:24 = scf.for {{.*}} iter_args
// CHECK-COUNT-96: vector.fma
// The running maximum, and the probabilities with their sums.
// CHECK: arith.cmpf ogt
// CHECK: %{{.*}}:3 = scf.for
// CHECK-COUNT-3: math.exp
// CHECK: %{{.*}}:24 = scf.for {{.*}} iter_args
// CHECK-COUNT-96: vector.fma
// Nobody reads the log-sum-exp.
// CHECK-NOT: math.log
// CHECK: return

// AVX2-LABEL: func.func @forward(
// AVX2: %{{.*}}:12 = scf.for {{.*}} -> (vector<8xf32>
func.func @forward(%q: tensor<3x96x768xf32>, %k: tensor<3x144x768xf32>, %v: tensor<3x144x768xf32>) -> tensor<3x96x768xf32> attributes {auxact.kernel} {
  %o, %l = auxact.attention %q, %k, %v {heads = 12 : i64} : (tensor<3x96x768xf32>, tensor<3x144x768xf32>, tensor<3x144x768xf32>) -> (tensor<3x96x768xf32>, tensor<3x12x96xf32>)
  return %o : tensor<3x96x768xf32>
}

// Causal: the keys end with the panel of queries, whose last scores are masked.
// CHECK-LABEL: func.func @backward(
// CHECK-SAME: auxact.tasks = 6 : i64
// CHECK: arith.minui
// CHECK: arith.cmpi sge, %{{.*}} : vector<16xi32>
// CHECK: math.exp
// CHECK: return
func.func @backward(%q: tensor<3x96x32xf32>, %o: tensor<3x96x32xf32>, %l: tensor<3x2x96xf32>, %g: tensor<3x96x32xf32>) -> (tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x96x32xf32>) attributes {auxact.kernel} {
  %dq, %dk, %dv = auxact.attention_grad %q, %q, %q, %o, %l, %g {heads = 2 : i64, scale = 0.25 : f32, causal}
      : (tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x2x96xf32>, tensor<3x96x32xf32>)
      -> (tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x96x32xf32>)
  return %dq, %dk, %dv : tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x96x32xf32>
}
