// The whole way: nothing but the LLVM dialect is left, for each kind of kernel.

// RUN: aux-opt %s --auxact-cpu-pipeline | FileCheck %s --implicit-check-not=func.func --implicit-check-not=tensor --implicit-check-not=scf. --implicit-check-not=math.
// RUN: aux-opt %s --auxact-cpu-pipeline=vector-bits=256 | mlir-translate --mlir-to-llvmir | FileCheck %s --check-prefix=IR
// RUN: aux-opt %s --auxact-cpu-pipeline --verify-each=false | mlir-translate --mlir-to-llvmir | llc -mcpu=x86-64-v4 -filetype=null

// CHECK: llvm.func @exponential(%{{.*}}: !llvm.ptr) attributes {auxact.kernel, auxact.tasks = 4 : i64, auxact.workspace_bytes = 0 : i64
// IR: define void @exponential(ptr
// IR: <8 x float>
func.func @exponential(%x: tensor<300x200xf32>) -> tensor<300x200xf32> attributes {auxact.kernel} {
  %e = tensor.empty() : tensor<300x200xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<300x200xf32>) outs(%e : tensor<300x200xf32>) {
  ^bb0(%i: f32, %o: f32):
    %v = math.exp %i : f32
    linalg.yield %v : f32
  } -> tensor<300x200xf32>
  return %r : tensor<300x200xf32>
}
