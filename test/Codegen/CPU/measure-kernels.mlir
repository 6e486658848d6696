// RUN: aux-opt %s -auxact-measure-kernels=target=avx2 | FileCheck %s
// RUN: not aux-opt %s -auxact-measure-kernels=target=no-such-cpu 2>&1 | FileCheck %s --check-prefix=ERROR

// The body stays on tensors; sizes are written beside the mark.
// CHECK: func.func private @scale
// CHECK-SAME: auxact.kernel, auxact.tasks = {{[1-9][0-9]*}} : i64, auxact.workspace_bytes = 0 : i64
// CHECK: linalg.generic
// CHECK-NOT: llvm.func

// ERROR: error: unknown target 'no-such-cpu'; expected host, avx2, avx512
func.func private @scale(%x: tensor<64x100xf32>) -> tensor<64x100xf32> attributes {auxact.kernel} {
  %e = tensor.empty() : tensor<64x100xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]} ins(%x : tensor<64x100xf32>) outs(%e : tensor<64x100xf32>) {
  ^bb0(%a: f32, %o: f32):
    %b = arith.addf %a, %a : f32
    linalg.yield %b : f32
  } -> tensor<64x100xf32>
  return %y : tensor<64x100xf32>
}
