//===- Passes.td - GPU code generation passes --------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From one kernel function on tensors to PTX.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_GPU_PASSES
#define AUXACT_CODEGEN_GPU_PASSES

include "mlir/Pass/PassBase.td"

class GpuLoweringPass<string name> : Pass<name, "::mlir::ModuleOp"> {
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::gpu::GPUDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def LowerGpuContraction : Pass<"auxact-lower-gpu-contraction", "::mlir::ModuleOp"> {
  let summary = "Lower kernels with a contraction to tiles of blocks, warps and matrix instructions";
  let description = [{
    As -auxact-lower-gpu-elementwise, for kernels with a contraction. A block of threads computes
    one tile of the result. Tiles of both factors go through shared memory in a ring of stages:
    plain buffers by asynchronous copies, other factors computed in registers between load and
    store, signs as the bits that they are. bf16 factors are multiplied by `mma.sync` m16n8k16,
    float32 ones by multiply-adds, or by `mma.sync` m16n8k8 where the generic is marked
    `auxact.precision = "tf32"`. Factors that select one of two numbers by a bit are made in
    registers, in the form that the matrix instruction wants.

    The sums go through shared memory once more, so that what follows the contraction reads and
    writes whole rows. A deep contraction with a small result is cut into parts: their sums go to
    the workspace, and a second grid adds them up in a fixed order.

    Tile sizes are rows of a table, picked by chip and shape; `strategy` and `splits` overrule the
    choice, for tests and measurements.

    ```mlir
    // Before
    func.func @k(%x: tensor<64x128xf32>, %w: tensor<96x128xf32>) -> tensor<64x96xf32> attributes {auxact.kernel} {
      %y = linalg.generic {…} ins(%x, %w : …) outs(%zero : …) { mulf, addf }
      return %y : tensor<64x96xf32>
    }
    // After
    gpu.module @k_device attributes {auxact.workspace_bytes = 0 : i64} {
      gpu.func @k(%x: memref<64x128xf32>, %w: memref<96x128xf32>, %y: memref<64x96xf32>, %workspace: memref<0xi8>)
          kernel attributes {auxact.grid = array<i64: 6, 1, 1>, auxact.shared_bytes = 16384 : i64, …} {
        nvgpu.device_async_copy …
        scf.for %tile = … iter_args(…) -> (vector<4xf32>, …) {
          nvvm.cp.async.wait.group 2
          gpu.barrier
          …
    ```
  }];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"\"",
           "GPU to generate code for: sm_80, sm_89 or sm_90a">,
    Option<"strategy", "strategy", "std::string", /*default=*/"\"\"",
           "Row of the table to use; chosen by shape when empty">,
    Option<"splits", "splits", "int64_t", /*default=*/"0",
           "Parts of the contracted dimension; chosen by shape when 0">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::gpu::GPUDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::nvgpu::NVGPUDialect", "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def LowerGpuElementwise : GpuLoweringPass<"auxact-lower-gpu-elementwise"> {
  let summary = "Lower elementwise kernels to a grid of threads on vectors";
  let description = [{
    The kernel becomes a `gpu.module` with one `gpu.func`: a memref an argument and a result, and
    the workspace. A thread computes a few vectors of 16 bytes, next to its neighbours' vectors;
    all its loads come before its stores. Where all operands have the shape of the result (or rank
    0) positions are flat offsets, elsewhere the vector's number is taken apart into indices; rows
    that are no multiple of the vector take narrower ones. Bits are packed across the lanes of a
    warp: by a ballot where a lane has one, by shifts and shuffles where it has several.

    ```mlir
    // Before
    func.func @k(%x: tensor<4096xf32>) -> tensor<4096xf32> attributes {auxact.kernel} { … }
    // After
    gpu.module @k_device attributes {auxact.workspace_bytes = 0 : i64} {
      gpu.func @k(%x: memref<4096xf32>, %y: memref<4096xf32>, %workspace: memref<0xi8>) kernel
          attributes {auxact.grid = array<i64: 1, 1, 1>, auxact.shared_bytes = 0 : i64,
                      known_block_size = array<i32: 256, 1, 1>} {
        %0 = vector.load %x[%i] {alignment = 16 : i64} : memref<4096xf32>, vector<4xf32>
        …
    ```

    Requires a kernel that -auxact-verify-kernels accepts. An argument and a result of one type may
    be the same memory; all others are marked as not aliased.
  }];
}

def LowerGpuScatterRows : GpuLoweringPass<"auxact-lower-gpu-scatter-rows"> {
  let summary = "Lower kernels that add rows up by index to a grid of threads";
  let description = [{
    As -auxact-lower-gpu-elementwise, for kernels that are one `auxact.scatter_rows`. A block owns
    rows of the result and a thread one column of them. It sets them to zero, goes through the list
    of indices, and adds the rows that are its own, in the order of the list: no atomics, and the
    bits of the CPU's sums.
  }];
}

def LowerGpuReduction : GpuLoweringPass<"auxact-lower-gpu-reduction"> {
  let summary = "Lower kernels with reductions to teams of threads";
  let description = [{
    As -auxact-lower-gpu-elementwise, for kernels whose generics reduce one dimension. A team of
    threads makes each sum. Along the last dimension it is part of a warp, a warp or a block, which
    combines by shuffles (and shared memory between warps); along the first it is a column of
    threads of a block, which combines in shared memory while neighbours read neighbouring columns.
    Reductions that depend on each other follow in one grid; short rows stay in registers for all
    of them.

    Where there are few sums of many elements, several blocks share each: a grid a level leaves
    partial sums in the workspace, the next grid adds them up. The order of additions depends on
    the shape alone.
  }];
}

def LowerGpuAttention : GpuLoweringPass<"auxact-lower-gpu-attention"> {
  let summary = "Lower kernels of attention to blocks with tiles in shared memory";
  let description = [{
    As -auxact-lower-gpu-elementwise, for kernels that are one `auxact.attention` or
    `auxact.attention_grad`. Forward: a block of 256 threads has 64 queries of a head and goes through
    its keys, tile by tile in shared memory; maxima, sums and results of the rows stay in registers.
    Backward, in three grids: the row sums of gradient * result go to the workspace; blocks of keys add
    up their gradients over all queries; blocks of queries theirs over all keys. All sums are float32
    multiply-adds, and none is shared between blocks, so that equal inputs give equal bits.
  }];
}

def ExternalizeSharedMemory
    : Pass<"auxact-externalize-shared-memory", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Make dynamic shared memory an external symbol, aligned to 1024 bytes";
  let description = [{
    MLIR 22 lowers `gpu.dynamic_shared_memory` to an internal array of size 0, which NVPTX prints
    as a static variable of one byte: other shared memory may lie on top of it. Declared external,
    it is what the launch sizes.

    ```mlir
    // Before
    llvm.mlir.global internal @__dynamic_shmem__0() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>
    // After
    llvm.mlir.global external @__dynamic_shmem__0() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
    ```

    Runs after -convert-gpu-to-nvvm.
  }];
}

def SerializeGpuModules : Pass<"auxact-serialize-gpu-modules", "::mlir::ModuleOp"> {
  let summary = "Replace GPU modules by their PTX";
  let description = [{
    Each `gpu.module` in the LLVM and NVVM dialects becomes a `gpu.binary` that holds its PTX, made
    as for a compiled program: libdevice linked, optimised by LLVM.

    ```mlir
    gpu.binary @k_device [#gpu.object<#nvvm.target<O = 3, chip = "sm_90a">, assembly = "…">]
    ```
  }];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"\"",
           "GPU to generate code for: sm_80, sm_89 or sm_90a">,
    Option<"toolkit", "toolkit", "std::string", /*default=*/"\"\"",
           "Folder of the CUDA toolkit; looked for when empty">
  ];
  let dependentDialects = [
    "::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect"
  ];
}

def MeasureGpuKernels : Pass<"auxact-measure-gpu-kernels", "::mlir::ModuleOp"> {
  let summary = "Write on each kernel the workspace and the grids that it has on a GPU";
  let description = [{
    As -auxact-measure-kernels: lowers a copy of every kernel and writes what planning needs on it.

    Before: `func.func private @kernel_0(...) attributes {auxact.kernel}`

    After: the same with `auxact.grids = 2 : i64, auxact.tasks = 1 : i64, auxact.workspace_bytes =
    8192 : i64`: two grids for one launch, one task, and the workspace that they share.
  }];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"\"",
           "GPU to generate code for: sm_80, sm_89 or sm_90a">
  ];
}

#endif // AUXACT_CODEGEN_GPU_PASSES
