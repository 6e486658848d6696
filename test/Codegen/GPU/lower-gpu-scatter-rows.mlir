// RUN: aux-opt %s -auxact-lower-gpu-scatter-rows | FileCheck %s

// A thread owns a column of some rows, so nothing is atomic.

// CHECK-LABEL: gpu.func @scatter(
// CHECK-SAME: %[[D:[a-z0-9]*]]: memref<100x200xf32>
// CHECK-SAME: %[[I:[a-z0-9]*]]: memref<100xi32>
// CHECK-SAME: %[[G:[a-z0-9]*]]: memref<5000x200xf32>
// CHECK-SAME: auxact.grid = array<i64: 79, 2, 1>
// CHECK-SAME: known_block_size = array<i32: 128, 1, 1>
// CHECK: scf.if
// CHECK: memref.store %{{.*}}, %[[G]]
// CHECK: scf.for
// CHECK: memref.load %[[I]]
// CHECK: scf.if
// CHECK: memref.load %[[G]]
// CHECK: memref.load %[[D]]
// CHECK: arith.addf
// CHECK: memref.store %{{.*}}, %[[G]]
// CHECK-NOT: atomic
func.func @scatter(%d: tensor<100x200xf32>, %i: tensor<100xi32>) -> tensor<5000x200xf32> attributes {auxact.kernel} {
  %g = auxact.scatter_rows %d, %i : (tensor<100x200xf32>, tensor<100xi32>) -> tensor<5000x200xf32>
  return %g : tensor<5000x200xf32>
}
