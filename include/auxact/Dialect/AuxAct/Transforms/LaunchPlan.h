//===- LaunchPlan.h - What an entry's launches read and keep ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The analysis that ordering, planning, verification and
// translation of an entry share.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_LAUNCHPLAN_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_LAUNCHPLAN_H

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/MapVector.h"

namespace mlir::auxact {

/// Alignment of every arena range, of workspace slots and of states on a CPU,
/// and where nothing else is asked for.
inline constexpr int64_t kBufferAlignment = 64;

/// The alignment that an entry is planned with.
int64_t getAlignment(func::FuncOp entry);

/// Whether `func` is an entry: it has a body and is no kernel.
bool isEntry(func::FuncOp func);

/// Whether `op` gives its operand's bytes, or consecutive ones of them, another
/// type or meaning: a contiguous reshape, rows one after the other, or the mark
/// of a saved value.
bool isView(Operation *op);

/// The value whose bytes `value` shows: a launch result or an argument.
Value getViewSource(Value value);

/// How many bytes of its source come before those that `value` shows.
int64_t getViewOffset(Value value);

/// The name of a parameter, buffer or state argument, else null.
StringAttr getStateName(func::FuncOp func, unsigned argument);

/// Bytes of the states of `entries`, each once by name and aligned.
int64_t getStateBytes(ArrayRef<func::FuncOp> entries, int64_t alignment);

/// A range of bytes of the arena, and the launches during which it is in use.
struct PlannedBuffer {
  enum class Kind { Result, Input, Scalar, Workspace };
  Kind kind;
  /// The launch result or argument; null for a workspace.
  Value value;
  /// The launch that writes the value or owns the workspace; null for
  /// arguments.
  LaunchOp launch;
  int64_t bytes;
  /// First and last launch, inclusive.
  int64_t first, last;
};

/// The launches of an entry in their order, what they read, and which states
/// they overwrite. Holds for as long as the entry is not changed.
class LaunchPlan {
public:
  /// Emits an error and fails where the entry is not of the form that a plan
  /// has, or would need a copy.
  static FailureOr<LaunchPlan> get(func::FuncOp entry);

  func::FuncOp entry;
  SmallVector<LaunchOp> launches;
  /// Launch results and arguments to the launches that read them, directly or
  /// through views, in order and each once.
  llvm::MapVector<Value, SmallVector<unsigned>> readers;
  /// Launch results that overwrite a state to the number of its argument.
  llvm::MapVector<Value, unsigned> replaced;
  /// The sources of what the entry returns, one a result.
  SmallVector<Value> returned;

  /// Whether the entry hands `source` out: it stays alive to the end.
  bool isReturned(Value source) const;

  /// The ranges of the arena: results that overwrite no state, staged inputs,
  /// scalars, and the workspaces of `threads` threads. Kernels tell their tasks
  /// and workspaces by attributes.
  SmallVector<PlannedBuffer> getBuffers(int64_t threads) const;
};

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_LAUNCHPLAN_H
