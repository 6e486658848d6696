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

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::auxact::cpu {

/// Attributes of a lowered kernel, which end up on its llvm.func.
inline constexpr llvm::StringLiteral kTasksAttr = "auxact.tasks";
inline constexpr llvm::StringLiteral kWorkspaceAttr = "auxact.workspace_bytes";
/// Marks the function that gets the kernel ABI.
inline constexpr llvm::StringLiteral kKernelAttr = "auxact.kernel";

class KernelFrame {
public:
  /// Starts the function that will replace `kernel`.
  explicit KernelFrame(func::FuncOp kernel);

  ImplicitLocOpBuilder &builder() { return b; }
  func::FuncOp getSource() { return source; }
  Value buffer(BlockArgument argument) { return inputs.lookup(argument); }
  Value result(unsigned number) { return results[number]; }
  Value task() { return taskIndex; }

  /// A 64-byte aligned part of this slot's workspace.
  Value allocate(ArrayRef<int64_t> shape, Type element);

  /// Replaces the kernel, which then runs as `tasks` tasks.
  void finish(int64_t tasks);

  //===--------------------------------------------------------------------===//
  // Small things that every emitter needs
  //===--------------------------------------------------------------------===//

  Value constant(int64_t value);
  Value add(Value lhs, Value rhs);
  Value add(Value lhs, int64_t rhs);
  Value mul(Value lhs, int64_t rhs);
  Value divide(Value lhs, int64_t rhs);
  Value remainder(Value lhs, int64_t rhs);
  Value minimum(Value lhs, int64_t rhs);
  Value less(Value lhs, Value rhs);

  using Body =
      llvm::function_ref<SmallVector<Value>(Value index, ValueRange carried)>;
  /// `for (i = from; i < to; i += step)`, carrying values around.
  SmallVector<Value> loop(Value from, Value to, int64_t step,
                          ValueRange carried, Body body);
  /// The same without carried values.
  void loop(Value from, Value to, int64_t step,
            llvm::function_ref<void(Value)> body);
  void loop(int64_t from, int64_t to, int64_t step,
            llvm::function_ref<void(Value)> body);
  /// `if (condition) then() else otherwise()`.
  void branch(Value condition, llvm::function_ref<void()> then,
              llvm::function_ref<void()> otherwise = nullptr);

private:
  func::FuncOp source, target;
  ImplicitLocOpBuilder b;
  DenseMap<Value, Value> inputs;
  SmallVector<Value> results;
  Value workspace, taskIndex;
  int64_t workspaceBytes = 0;
};

} // namespace mlir::auxact::cpu

#endif // AUXACT_LIB_CODEGEN_CPU_KERNELFRAME_H
