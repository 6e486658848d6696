// RUN: aux-opt %s -auxact-lower-gpu-attention | FileCheck %s

// A block has 64 queries of one head of one sample; nothing of the size of
// queries x keys is in memory.

// CHECK-LABEL: gpu.func @forward(
// CHECK-SAME: memref<3x96x768xf32>
// CHECK-SAME: known_block_size = array<i32: 256, 1, 1>
// CHECK-NOT: memref<{{.*}}96x144x
// CHECK: gpu.barrier
// CHECK: math.exp
// CHECK-NOT: atomic
func.func @forward(%q: tensor<3x96x768xf32>, %k: tensor<3x144x768xf32>, %v: tensor<3x144x768xf32>) -> tensor<3x96x768xf32> attributes {auxact.kernel} {
  %o, %l = auxact.attention %q, %k, %v {heads = 12 : i64} : (tensor<3x96x768xf32>, tensor<3x144x768xf32>, tensor<3x144x768xf32>) -> (tensor<3x96x768xf32>, tensor<3x12x96xf32>)
  return %o : tensor<3x96x768xf32>
}
