//===- SavedValues.h - What is kept from forward to backward ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The saved values of an entry, counted once each.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_SAVEDVALUES_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_SAVEDVALUES_H

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::auxact {

/// One layer's read of a saved value.
struct SavedValue {
  SaveOp op;
  /// The launch result that is kept.
  Value source;
  /// As stored; 0 where another layer's row has them.
  int64_t bytes;
  bool isShared;
  /// The layer whose row has the bytes.
  StringRef sharedWith;
};

/// The saved values of an entry by layer, in the order of the network
/// (`auxact.layers`; without it, against the order of the backward). A value
/// that several layers read is counted at the first of them. Inputs, parameters
/// and states are not saved values: they are there anyway.
SmallVector<SavedValue> getSavedValues(func::FuncOp entry);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_SAVEDVALUES_H
