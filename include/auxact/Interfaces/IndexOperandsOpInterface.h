//===- IndexOperandsOpInterface.h - Operands that choose --------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Which integers an operation can read: rows of a table, classes of a loss.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_INDEXOPERANDSOPINTERFACE_H
#define AUXACT_INTERFACES_INDEXOPERANDSOPINTERFACE_H

#include "mlir/IR/OpDefinition.h"

#include <optional>

namespace mlir::auxact {

/// An operand whose elements lie in [0, limit), or are `ignored`.
struct IndexOperand {
  Value value;
  int64_t limit;
  std::optional<int64_t> ignored;
  /// What the network is to say, as opposed to what it reads.
  bool isLabel;
};

} // namespace mlir::auxact

#include "auxact/Interfaces/IndexOperandsOpInterface.h.inc"

#endif // AUXACT_INTERFACES_INDEXOPERANDSOPINTERFACE_H
