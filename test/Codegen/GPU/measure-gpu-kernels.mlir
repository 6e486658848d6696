// RUN: aux-opt %s -auxact-measure-gpu-kernels=chip=sm_90a | FileCheck %s
// RUN: not aux-opt %s -auxact-measure-gpu-kernels 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not aux-opt %s -auxact-measure-gpu-kernels=chip=sm_75 2>&1 | FileCheck %s --check-prefix=OLD

// The body stays on tensors; sizes are written beside the mark. 64 blocks leave
// a partial sum each, which a second grid adds up.
// CHECK: func.func private @sum
// CHECK-SAME: auxact.grids = 2 : i64, auxact.kernel, auxact.tasks = 1 : i64, auxact.workspace_bytes = {{[1-9][0-9]*}} : i64
// CHECK: linalg.generic
// CHECK-NOT: gpu.module

// There is no chip by default.
// NONE: error: unknown GPU target ''; expected cuda:sm_80, cuda:sm_89 or cuda:sm_90a
// OLD: error: unknown GPU target 'sm_75'; expected cuda:sm_80, cuda:sm_89 or cuda:sm_90a
func.func private @sum(%x: tensor<4194304xf32>) -> tensor<f32> attributes {auxact.kernel} {
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
