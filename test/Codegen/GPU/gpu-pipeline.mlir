// From kernels to PTX, in a module that says for which chip.

// RUN: aux-opt %s --auxact-gpu-pipeline=chip=sm_90a | FileCheck %s --check-prefix=MODULE
// RUN: rm -rf %t && mkdir %t
// RUN: aux-opt %s --auxact-gpu-pipeline=chip=sm_90a | %python %S/Inputs/extract_ptx.py %t
// RUN: FileCheck %s --check-prefix=SIGN --input-file=%t/sign_device.ptx
// RUN: FileCheck %s --check-prefix=BALLOT --input-file=%t/ballot_device.ptx
// RUN: FileCheck %s --check-prefix=SUM --input-file=%t/sum_device.ptx
// RUN: aux-opt %s --auxact-gpu-pipeline=chip=sm_80 | FileCheck %s --check-prefix=OLD
// RUN: not aux-opt %s --auxact-gpu-pipeline 2>&1 | FileCheck %s --check-prefix=NONE

// Entries go: what they launched is code now.
// MODULE-NOT: func.func
// MODULE: gpu.binary @sign_device [#gpu.object<#nvvm.target<O = 3, chip = "sm_90a", features = "+ptx80">, assembly = "
// MODULE: gpu.binary @ballot_device
// MODULE: gpu.binary @sum_device
// OLD: .target sm_80
// NONE: error: unknown GPU target ''; expected cuda:sm_80

func.func @step(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  return %x : tensor<64x64xf32>
}

// Bare pointers to aligned memory, 16 bytes an access, reads through the
// read-only path where nothing can write, bits by shuffles.
// SIGN: .version 8.0
// SIGN: .target sm_90a
// SIGN: .visible .entry sign(
// SIGN-NEXT: .param .u64 .ptr .align 16 sign_param_0,
// SIGN-NEXT: .param .u64 .ptr .align 16 sign_param_1,
// SIGN-NEXT: .param .u64 .ptr .align 16 sign_param_2
// SIGN-NOT: .param
// SIGN: .maxntid 256, 1, 1
// SIGN-NOT: ld.global.b32
// SIGN: ld.global.nc.v4.b32
// SIGN-COUNT-3: shfl.sync.bfly.b32
// SIGN: st.global.b32
// SIGN-NOT: call
func.func @sign(%x: tensor<64x64xf32>) -> tensor<64x8xi8> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x64xi1>
  %i = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x64xf32>) outs(%e : tensor<64x64xi1>) {
  ^bb0(%a: f32, %o: i1):
    %b = arith.cmpf ogt, %a, %zero : f32
    linalg.yield %b : i1
  } -> tensor<64x64xi1>
  %p = auxact.pack_bits %i : tensor<64x64xi1> -> tensor<64x8xi8>
  return %p : tensor<64x8xi8>
}

// BALLOT: vote.sync.ballot.b32
// BALLOT: st.global.b32
func.func @ballot(%x: tensor<7x33xf32>) -> tensor<7x8xi8> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<7x33xi1>
  %i = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<7x33xf32>) outs(%e : tensor<7x33xi1>) {
  ^bb0(%a: f32, %o: i1):
    %b = arith.cmpf ogt, %a, %zero : f32
    linalg.yield %b : i1
  } -> tensor<7x33xi1>
  %p = auxact.pack_bits %i : tensor<7x33xi1> -> tensor<7x8xi8>
  return %p : tensor<7x8xi8>
}

// Dynamic shared memory is what the launch sizes, and starts where swizzled
// tiles may.
// SUM: .extern .shared .align 1024 .b8 __dynamic_shmem__0[];
// SUM: .visible .entry sum(
// SUM: ld.global.nc.v4.b32
// SUM: shfl.sync.bfly.b32
// SUM: st.shared.b32
// SUM: bar.sync 0
// SUM: ld.shared.b32
// SUM: .visible .entry sum_1(
func.func @sum(%x: tensor<4194304xf32>) -> tensor<f32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<f32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
      ins(%x : tensor<4194304xf32>) outs(%init : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  return %r : tensor<f32>
}
