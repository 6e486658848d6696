// RUN: aux-opt %s -auxact-lower-kernel-to-llvm | FileCheck %s

// Memrefs become bare pointers, loops become branches; what the runtime needs to
// know of the kernel stays on it.
// CHECK-LABEL: llvm.func @add
//  CHECK-SAME:   !llvm.ptr, %{{[a-z0-9]+}}: !llvm.ptr, %{{[a-z0-9]+}}: !llvm.ptr, %{{[a-z0-9]+}}: i64) attributes {auxact.kernel
//  CHECK-SAME:   auxact.tasks = 1 : i64
//  CHECK-SAME:   auxact.workspace_bytes = 0 : i64
//   CHECK-NOT:   {{ (memref|scf|vector)\.}}
//       CHECK:   llvm.cond_br
//       CHECK:   llvm.fadd %{{.*}} : vector<16xf32>
//   CHECK-NOT:   {{ (memref|scf|vector)\.}}
func.func @add(%x: memref<64xf32>, %y: memref<64xf32>, %workspace: memref<0xi8>, %task: index)
    attributes {auxact.kernel, auxact.tasks = 1 : i64, auxact.workspace_bytes = 0 : i64} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %c64 step %c16 {
    %a = vector.load %x[%i] : memref<64xf32>, vector<16xf32>
    %b = arith.addf %a, %a : vector<16xf32>
    vector.store %b, %y[%i] : memref<64xf32>, vector<16xf32>
  }
  return
}
