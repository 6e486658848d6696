// RUN: aux-opt %s --auxact-lower-gpu-attention --canonicalize --cse | FileCheck %s

// A block has 64 queries of a head: queries, keys, values and probabilities are
// in shared memory, sums in registers. 16 threads share a row.
// CHECK-LABEL: gpu.func @forward(
// CHECK-SAME: auxact.grid = array<i64: 4, 12, 2>, auxact.shared_bytes = 69632 : i64
// CHECK-SAME: known_block_size = array<i32: 256, 1, 1>
// CHECK: scf.for {{.*}} iter_args
// CHECK: gpu.barrier
// CHECK: vector.fma
// CHECK: nvvm.shfl.sync bfly
// CHECK: math.exp
// CHECK: gpu.barrier
// CHECK: vector.fma
// CHECK: gpu.barrier
// CHECK: scf.yield
// Nobody reads the log-sum-exp.
// CHECK-NOT: math.log
// CHECK: gpu.return
func.func @forward(%q: tensor<2x197x768xf32>, %k: tensor<2x197x768xf32>, %v: tensor<2x197x768xf32>) -> tensor<2x197x768xf32> attributes {auxact.kernel} {
  %o, %l = auxact.attention %q, %k, %v {heads = 12 : i64} : (tensor<2x197x768xf32>, tensor<2x197x768xf32>, tensor<2x197x768xf32>) -> (tensor<2x197x768xf32>, tensor<2x12x197xf32>)
  return %o : tensor<2x197x768xf32>
}

// Three grids: row sums of gradient * result to the workspace, then keys and
// values, then queries.
// CHECK: gpu.module @backward_device attributes {auxact.workspace_bytes = 3072 : i64}
// CHECK: gpu.func @backward(
// CHECK-SAME: auxact.grid = array<i64: 6, 2, 3>
// CHECK: gpu.func @backward_1(
// CHECK-SAME: auxact.grid = array<i64: 2, 2, 3>
// Causal.
// CHECK: arith.cmpi sle
// CHECK: gpu.func @backward_2(
// CHECK-SAME: auxact.grid = array<i64: 3, 2, 3>
func.func @backward(%q: tensor<3x96x32xf32>, %o: tensor<3x96x32xf32>, %l: tensor<3x2x96xf32>, %g: tensor<3x96x32xf32>) -> (tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x96x32xf32>) attributes {auxact.kernel} {
  %dq, %dk, %dv = auxact.attention_grad %q, %q, %q, %o, %l, %g {heads = 2 : i64, scale = 0.25 : f32, causal}
      : (tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x2x96xf32>, tensor<3x96x32xf32>)
      -> (tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x96x32xf32>)
  return %dq, %dk, %dv : tensor<3x96x32xf32>, tensor<3x96x32xf32>, tensor<3x96x32xf32>
}
