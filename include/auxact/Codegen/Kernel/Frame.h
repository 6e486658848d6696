//===- Frame.h - The function a kernel is lowered into ----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What the code generators' frames share: the buffers behind a kernel's
// arguments and results, arithmetic on indices, and structured control flow.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_KERNEL_FRAME_H
#define AUXACT_CODEGEN_KERNEL_FRAME_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::auxact::codegen {

class Frame {
public:
  /// Lowers `kernel`, before which it inserts.
  explicit Frame(func::FuncOp kernel);

  ImplicitLocOpBuilder &builder() { return b; }
  func::FuncOp getSource() { return source; }
  Value buffer(BlockArgument argument) { return inputs.lookup(argument); }
  Value result(unsigned number) { return results[number]; }

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

protected:
  /// The types of the buffers: those of the arguments, then of the results.
  SmallVector<Type> bufferTypes();
  /// Says that they are the leading arguments of a function that starts there.
  void bindBuffers(Block *entry);

  func::FuncOp source;
  ImplicitLocOpBuilder b;
  DenseMap<Value, Value> inputs;
  SmallVector<Value> results;
};

} // namespace mlir::auxact::codegen

#endif // AUXACT_CODEGEN_KERNEL_FRAME_H
