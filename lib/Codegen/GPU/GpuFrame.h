//===- GpuFrame.h - The device functions of a kernel ------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A kernel becomes one or more grids, launched one after another with the same
// arguments: a memref for each input and result, then the workspace.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_GPUFRAME_H
#define AUXACT_LIB_CODEGEN_GPU_GPUFRAME_H

#include "auxact/Codegen/Kernel/Frame.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <array>

namespace mlir::auxact::device {

/// On a gpu.func: blocks in x, y and z, and bytes of dynamic shared memory.
inline constexpr llvm::StringLiteral kGridAttr = "auxact.grid";
inline constexpr llvm::StringLiteral kSharedBytesAttr = "auxact.shared_bytes";

/// Threads that run in lockstep and can vote and shuffle.
constexpr int64_t warpSize = 32;

class GpuFrame : public codegen::Frame {
public:
  /// Starts the gpu.module that will replace `kernel`; no grid yet.
  explicit GpuFrame(func::FuncOp kernel);

  /// Ends the grid before, if any, and starts the next: everything is emitted
  /// into it from now on, and values of the grid before are out of reach (so
  /// evaluators are reset). `threads` are a multiple of the warp.
  void startGrid(std::array<int64_t, 3> blocks, int64_t threads);

  /// What the function of the current grid carries; `nvvm.minctasm` and such.
  gpu::GPUFuncOp function() { return target; }

  int64_t threads() const { return threadCount; }
  /// The thread's number in its block, and the same as lane and warp.
  Value thread() { return threadIndex; }
  Value lane();
  Value warp();
  /// The block's number.
  Value block(int dimension = 0) { return blockIndices[dimension]; }

  /// Waits for all threads of the block; orders shared and global memory.
  void barrier();

  /// `bytes` of the workspace, which all grids share; returns the offset, a
  /// multiple of 1024. What a grid leaves there, the next ones find.
  int64_t reserveWorkspace(int64_t bytes);
  Value workspaceView(int64_t offset, ArrayRef<int64_t> shape, Type element);

  /// A view of the block's dynamic shared memory, whose start is aligned to
  /// 1024 bytes; the grid gets as much as its views reach.
  Value sharedView(int64_t offset, ArrayRef<int64_t> shape, Type element);

  /// Replaces the kernel.
  void finish();

private:
  void endGrid();

  gpu::GPUModuleOp module;
  gpu::GPUFuncOp target;
  SmallVector<gpu::GPUFuncOp> grids;
  int64_t threadCount = 0, sharedBytes = 0, workspaceBytes = 0;
  Value threadIndex, laneIndex, warpIndex, dynamicShared;
  std::array<Value, 3> blockIndices;
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_GPUFRAME_H
