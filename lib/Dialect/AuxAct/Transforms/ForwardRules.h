//===- ForwardRules.h - What rules do to the forward pass -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_FORWARDRULES_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_FORWARDRULES_H

#include "auxact/Interfaces/ParameterizedLayerOpInterface.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/MapVector.h"

namespace mlir::auxact {

/// A layer's rule at work in the forward pass.
struct AppliedRule {
  RuleAttrInterface rule;
  /// The layer's input before the rule.
  Value activation;
  RuleForward forward;
  /// The state before the step: arguments of the function.
  SmallVector<Value> state;
  /// The index of the first of those arguments.
  unsigned firstStateArgument = 0;
};

/// Replace every layer's input by what its rule builds and make the layer
/// exact. Rules' state becomes arguments of the function, marked
/// `auxact.state`.
llvm::MapVector<Operation *, AppliedRule> applyForwardRules(func::FuncOp func);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_FORWARDRULES_H
