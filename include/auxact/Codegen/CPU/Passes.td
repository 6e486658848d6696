//===- Passes.td - CPU code generation passes --------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From one kernel function on tensors to the LLVM dialect.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_CPU_PASSES
#define AUXACT_CODEGEN_CPU_PASSES

include "mlir/Pass/PassBase.td"

class LoweringPass<string name> : Pass<name, "::mlir::ModuleOp"> {
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", /*default=*/"512",
           "Width of the target's vector registers in bits: 256 or 512.">
  ];
}

def LowerContraction : LoweringPass<"auxact-lower-contraction"> {
  let summary = "Lower kernels with a contraction to packed, register-tiled loops on vectors";
  let description = [{
    The kernel becomes a destination-passing function: one memref an argument and a result, a
    workspace, and a task number. Each task owns a block of the result. Factors are packed into
    panels (transposed in registers where their layout asks for it), prologues are evaluated while
    packing, epilogues on the accumulators before they are stored.

    ```mlir
    // Before
    func.func @k(%x: tensor<64x128xf32>, %w: tensor<96x128xf32>) -> tensor<64x96xf32> attributes {auxact.kernel} {
      %y = linalg.generic {…} ins(%x, %w : …) outs(%zero : …) { mulf, addf }
      return %y : tensor<64x96xf32>
    }
    // After
    func.func @k(%x: memref<64x128xf32>, %w: memref<96x128xf32>, %y: memref<64x96xf32>,
                 %workspace: memref<24576xi8>, %task: index)
        attributes {auxact.kernel, auxact.tasks = 2 : i64, auxact.workspace_bytes = 24576 : i64} {
      …                                     // pack one panel of %w
      scf.for %k = … iter_args(…) -> (vector<16xf32>, …) { vector.load, vector.fma, … }
    }
    ```

    Requires a kernel that -auxact-verify-kernels accepts. Leaves functions on memrefs with
    arith, math, memref, scf and one-dimensional vector operations only.
  }];
}

def LowerAttention : LoweringPass<"auxact-lower-attention"> {
  let summary = "Lower kernels of attention to blockwise, register-tiled loops on vectors";
  let description = [{
    As -auxact-lower-contraction, for kernels that are one `auxact.attention` or
    `auxact.attention_grad`. A task has one head of one sample, or some of its
    queries; it packs the keys and values of the head. For each panel of queries
    (as many as fill three vectors), blocks of keys follow each other: scores are
    made transposed, queries along the lanes, so that maxima and sums of the
    softmax are lane by lane; a block of scores is all that there ever is of
    them. Each task of the backward adds up the gradients of its head's keys and
    values in its workspace. Other kernels are left alone.

    ```mlir
    // Before
    func.func @k(%q: tensor<2x197x768xf32>, %k: tensor<2x197x768xf32>, %v: tensor<2x197x768xf32>)
        -> tensor<2x197x768xf32> attributes {auxact.kernel} {
      %o, %l = auxact.attention %q, %k, %v {heads = 12 : i64} : (…) -> (…)
      return %o : tensor<2x197x768xf32>
    }
    // After
    func.func @k(%q: memref<2x197x768xf32>, %k: memref<2x197x768xf32>, %v: memref<2x197x768xf32>,
                 %o: memref<2x197x768xf32>, %workspace: memref<147072xi8>, %task: index)
        attributes {auxact.kernel, auxact.tasks = 48 : i64, auxact.workspace_bytes = 147072 : i64} {
      …
    }
    ```
  }];
}

def LowerReduction : LoweringPass<"auxact-lower-reduction"> {
  let summary = "Lower kernels with reductions to loops on vectors";
  let description = [{
    As -auxact-lower-contraction, for kernels whose generics reduce one dimension. Reductions along
    the last dimension go row by row with several accumulators, those along the first go down a
    block of columns. Reductions that do not depend on each other share a loop; a result that
    depends on none is stored in it.
  }];
}

def LowerElementwise : LoweringPass<"auxact-lower-elementwise"> {
  let summary = "Lower elementwise kernels to loops on vectors";
  let description = [{
    As -auxact-lower-contraction, for kernels without contraction and reduction. A kernel whose
    operands all have the shape of its result (or rank 0) is one flat loop; others go row by row.
    The last elements are masked lanes of the same code.
  }];
}

def LowerScatterRows : LoweringPass<"auxact-lower-scatter-rows"> {
  let summary = "Lower kernels that add rows up by index to loops on vectors";
  let description = [{
    As -auxact-lower-contraction, for kernels that are one `auxact.scatter_rows`. Each task owns a
    range of rows of the result: it sets them to zero, goes through the whole list of indices, and
    adds the rows that are its own, in the order of the list. So no row has two writers, and the sums
    are the same for any number of threads.

    ```mlir
    // Before
    func.func @k(%d: tensor<1600x256xf32>, %i: tensor<1600xi32>) -> tensor<8000x256xf32> attributes {auxact.kernel} {
      %g = auxact.scatter_rows %d, %i : (tensor<1600x256xf32>, tensor<1600xi32>) -> tensor<8000x256xf32>
      return %g : tensor<8000x256xf32>
    }
    // After
    func.func @k(%d: memref<1600x256xf32>, %i: memref<1600xi32>, %g: memref<8000x256xf32>,
                 %workspace: memref<0xi8>, %task: index)
        attributes {auxact.kernel, auxact.tasks = 64 : i64, auxact.workspace_bytes = 0 : i64} {
      scf.for …                                // zeros
      scf.for %n = … {
        %row = memref.load %i[%n] : memref<1600xi32>
        scf.if … { scf.for … { vector.load, arith.addf, vector.store } }
      }
    }
    ```
  }];
}

def ExpandMath : Pass<"auxact-expand-math", "::mlir::func::FuncOp"> {
  let summary = "Expand exp, log, tanh, erf and powers to arithmetic";
  let description = [{
    Replaces math operations that have no instruction by polynomials and bit
    operations, on scalars and vectors alike, so that kernels call no library.
    Relative errors are below 3e-7 in float32. What has no expansion (float64
    other than the square root) is an error.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"
  ];
}

def ExpandBFloat16 : Pass<"auxact-expand-bfloat16", "::mlir::ModuleOp"> {
  let summary = "Hold bf16 in integers of 16 bits";
  let description = [{
    Extensions and truncations (to nearest even, NaN stays NaN) become integer operations, memory and
    vectors of bf16 such of i16. So every CPU gives the same bits. An operation that computes in bf16 is
    an error.

    ```mlir
    // Before
    %x = vector.load %a[%i] : memref<100xbf16>, vector<16xbf16>
    %y = arith.extf %x : vector<16xbf16> to vector<16xf32>
    // After
    %x = vector.load %a[%i] : memref<100xi16>, vector<16xi16>
    %0 = arith.extui %x : vector<16xi16> to vector<16xi32>
    %1 = arith.shli %0, %c16 : vector<16xi32>
    %y = arith.bitcast %1 : vector<16xi32> to vector<16xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::vector::VectorDialect"
  ];
}

def LowerKernelToLLVM : Pass<"auxact-lower-kernel-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Convert lowered kernels to the LLVM dialect";
  let description = [{
    One dialect conversion over arith, math, memref, scf, vector and func, with bare pointers for
    memrefs. Attributes of the function stay.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::cf::ControlFlowDialect"];
}

def EmitKernelABI : Pass<"auxact-emit-kernel-abi", "::mlir::ModuleOp"> {
  let summary = "Give kernels the signature void(void *const *)";
  let description = [{
    ```mlir
    // Before
    llvm.func @k(%x: !llvm.ptr, %y: !llvm.ptr, %workspace: !llvm.ptr, %task: i64)
    // After
    llvm.func @k(%args: !llvm.ptr) {
      %0 = llvm.load %args : !llvm.ptr -> !llvm.ptr       // %x
      …
    }
    ```
    Runs after -auxact-lower-kernel-to-llvm.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def MeasureKernels : Pass<"auxact-measure-kernels", "::mlir::ModuleOp"> {
  let summary = "Write on each kernel how it is cut into tasks, and its scratch";
  let description = [{
    Lowers a copy of every kernel and writes its number of tasks and the bytes of
    one workspace slot on it, which planning needs. The kernels themselves stay
    as they are.

    Before: `func.func private @kernel_0(...) attributes {auxact.kernel}`

    After: the same with `auxact.tasks = 8 : i64, auxact.workspace_bytes = 36864 : i64`.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"host\"",
           "CPU to generate code for: host, avx2, avx512 or a CPU's name of LLVM">
  ];
}

#endif // AUXACT_CODEGEN_CPU_PASSES
