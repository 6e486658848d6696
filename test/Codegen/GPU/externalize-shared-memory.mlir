// RUN: aux-opt %s --pass-pipeline='builtin.module(gpu.module(auxact-externalize-shared-memory))' | FileCheck %s

gpu.module @kernels {
  // CHECK: llvm.mlir.global external @__dynamic_shmem__0() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
  llvm.mlir.global internal @__dynamic_shmem__0() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>
  // Of fixed size, and constants elsewhere: as they are.
  // CHECK: llvm.mlir.global internal @tile() {addr_space = 3 : i32} : !llvm.array<64 x f32>
  llvm.mlir.global internal @tile() {addr_space = 3 : i32} : !llvm.array<64 x f32>
  // CHECK: llvm.mlir.global internal constant @none() {addr_space = 4 : i32} : !llvm.array<0 x i8>
  llvm.mlir.global internal constant @none() {addr_space = 4 : i32} : !llvm.array<0 x i8>
}
