// RUN: aux-opt %s --auxact-lower-kernel-to-llvm | FileCheck %s

// Memrefs become bare pointers, and the attributes stay.
// CHECK-LABEL: llvm.func @k(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: i64)
// CHECK-SAME: auxact.tasks = 3 : i64
// CHECK: llvm.load {{.*}} -> vector<16xf32>
// CHECK: llvm.store {{.*}} : vector<16xf32>
// CHECK-NOT: {{scf|memref|vector}}.

func.func @k(%x: memref<48xf32>, %y: memref<48xf32>, %task: index) attributes {auxact.kernel, auxact.tasks = 3 : i64, auxact.workspace_bytes = 0 : i64} {
  %c16 = arith.constant 16 : index
  %i = arith.muli %task, %c16 : index
  %v = vector.load %x[%i] : memref<48xf32>, vector<16xf32>
  vector.store %v, %y[%i] : memref<48xf32>, vector<16xf32>
  return
}
