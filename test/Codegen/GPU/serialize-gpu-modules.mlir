// What a kernel computes with libdevice is in its PTX: no call is left.

// REQUIRES: ptxas
// RUN: aux-opt %s --auxact-serialize-gpu-modules=chip=sm_90a | FileCheck %s
// RUN: not aux-opt %s --auxact-serialize-gpu-modules="chip=sm_90a toolkit=%t" 2>&1 | FileCheck %s --check-prefix=MISSING

// CHECK: gpu.binary @k [#gpu.object<#nvvm.target<O = 3, chip = "sm_90a", features = "+ptx80">, assembly = "
// CHECK-NOT: __nv_expf
// CHECK-NOT: call
// CHECK: ex2.approx
// CHECK: ret;

// Rounded as on the CPU.
// CHECK: gpu.binary @root
// CHECK: sqrt.rn.f32
// CHECK-NOT: sqrt.approx

// MISSING: error: {{.*}}expf{{.*}}libdevice
gpu.module @k {
  llvm.func @__nv_expf(f32) -> f32
  llvm.func @exponential(%x: !llvm.ptr, %y: !llvm.ptr) attributes {gpu.kernel, nvvm.kernel} {
    %0 = llvm.load %x : !llvm.ptr -> f32
    %1 = llvm.call @__nv_expf(%0) : (f32) -> f32
    llvm.store %1, %y : f32, !llvm.ptr
    llvm.return
  }
}

gpu.module @root {
  llvm.func @__nv_sqrtf(f32) -> f32
  llvm.func @square_root(%x: !llvm.ptr, %y: !llvm.ptr) attributes {gpu.kernel, nvvm.kernel} {
    %0 = llvm.load %x : !llvm.ptr -> f32
    %1 = llvm.call @__nv_sqrtf(%0) : (f32) -> f32
    llvm.store %1, %y : f32, !llvm.ptr
    llvm.return
  }
}
