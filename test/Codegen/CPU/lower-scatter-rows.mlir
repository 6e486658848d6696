// RUN: aux-opt %s -auxact-lower-scatter-rows=vector-bits=512 | FileCheck %s

// Each task sets its rows to zero, goes through the whole list, and adds the rows
// that are its own; those of the ignored index are left out.

// CHECK-LABEL: func.func @scatter(
// CHECK-SAME: %[[D:.*]]: memref<100x40xf32>, %[[I:.*]]: memref<100xi32>, %[[G:.*]]: memref<5000x40xf32>,
// CHECK-SAME: memref<0xi8>, %[[TASK:.*]]: index)
// CHECK-SAME: auxact.tasks = 13 : i64
// CHECK: arith.muli %[[TASK]]
// CHECK: scf.for
// CHECK: vector.store %{{.*}}, %[[G]]
// CHECK: memref.store %{{.*}}, %[[G]]
// CHECK: scf.for
// CHECK: memref.load %[[I]]
// CHECK: arith.cmpi sge
// CHECK: arith.cmpi slt
// CHECK: arith.cmpi ne
// CHECK: scf.if
// CHECK: vector.load %[[G]]
// CHECK: vector.load %[[D]]
// CHECK: arith.addf %{{.*}} : vector<16xf32>
// CHECK: vector.store %{{.*}}, %[[G]]
func.func @scatter(%d: tensor<100x40xf32>, %i: tensor<100xi32>) -> tensor<5000x40xf32> attributes {auxact.kernel} {
  %g = auxact.scatter_rows %d, %i {ignored = 7 : i64} : (tensor<100x40xf32>, tensor<100xi32>) -> tensor<5000x40xf32>
  return %g : tensor<5000x40xf32>
}
