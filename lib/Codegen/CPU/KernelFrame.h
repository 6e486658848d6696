//===- KernelFrame.h - The function a kernel is lowered into ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The destination-passing function: one memref an argument and a result, a
// workspace, and the number of the task.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_CPU_KERNELFRAME_H
#define AUXACT_LIB_CODEGEN_CPU_KERNELFRAME_H

#include "auxact/Codegen/Kernel/Frame.h"

namespace mlir::auxact::cpu {

/// Attributes of a lowered kernel, which end up on its llvm.func.
inline constexpr llvm::StringLiteral kTasksAttr = "auxact.tasks";
inline constexpr llvm::StringLiteral kWorkspaceAttr = "auxact.workspace_bytes";
/// Marks the function that gets the kernel ABI.
inline constexpr llvm::StringLiteral kKernelAttr = "auxact.kernel";

class KernelFrame : public codegen::Frame {
public:
  /// Starts the function that will replace `kernel`.
  explicit KernelFrame(func::FuncOp kernel);

  Value task() { return taskIndex; }

  /// A 64-byte aligned part of this slot's workspace.
  Value allocate(ArrayRef<int64_t> shape, Type element);

  /// Replaces the kernel, which then runs as `tasks` tasks.
  void finish(int64_t tasks);

private:
  func::FuncOp target;
  Value workspace, taskIndex;
  int64_t workspaceBytes = 0;
};

} // namespace mlir::auxact::cpu

#endif // AUXACT_LIB_CODEGEN_CPU_KERNELFRAME_H
