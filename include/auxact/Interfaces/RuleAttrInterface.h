//===- RuleAttrInterface.h - Learning rules ---------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What a learning rule answers and builds.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_RULEATTRINTERFACE_H
#define AUXACT_INTERFACES_RULEATTRINTERFACE_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>

namespace mlir::auxact {

class RuleAttrInterface;

/// A tensor that a rule carries from one step to the next.
struct RuleState {
  std::string name;
  RankedTensorType type;
  double init;
};

/// What a rule may read while the forward pass is built.
struct RuleForwardContext {
  Location loc;
  /// The layer's input as the network computes it.
  Value activation;
  /// The tensor shared with this layer, or null.
  Value sharedActivation;
  /// The rule's state before this step, one value for each `getState`.
  ValueRange state;
  /// The dimension of the activation that holds the features.
  int64_t featureDim;
  /// A source of random numbers (seed, step, operation) of the rule's own.
  llvm::function_ref<SmallVector<Value>()> randomSource;
};

/// What a rule makes in the forward pass.
struct RuleForward {
  /// What the layer multiplies by its weight.
  Value input;
  /// What the backward reads. Kept from forward to backward.
  SmallVector<Value> saved;
  /// The rule's state after this step, one value for each `getState`.
  SmallVector<Value> state;
};

/// What a rule may read while the weight gradient is built.
struct RuleBackwardContext {
  Location loc;
  /// Gradient of the loss by the layer's output.
  Value delta;
  /// The type of the layer's input.
  RankedTensorType activationType;
  /// The values named in `RuleForward::saved`, in their order.
  ValueRange saved;
  /// The rule's state before this step.
  ValueRange state;
  /// The layer's own delta (x) activation, linear in both.
  llvm::function_ref<Value(Value delta, Value activation)> contract;
  /// The layer's sum of delta over batch and positions.
  llvm::function_ref<Value(Value delta)> sumOverPositions;
  /// The weight gradient if the activation were this vector, tensor<features>,
  /// at every position.
  llvm::function_ref<Value(Value delta, Value mean)> contractUniform;
  /// The layer's input, computed again from kept values through cheap
  /// operations; fails with a diagnostic where none is in reach.
  llvm::function_ref<FailureOr<Value>()> recompute;
  /// The dimension of the activation that holds the features.
  int64_t featureDim;
  /// Whether rows of delta and of the activation are one to one.
  bool hasRowsOfInput;
};

/// The auxiliary activation and the gain of its contraction.
struct RuleAuxiliary {
  Value activation;
  /// A rank-0 tensor, or null for a gain of 1.
  Value gain;
};

/// gain * (delta (x) a): what most rules are.
FailureOr<Value> buildPlainWeightGradient(RuleAttrInterface rule,
                                          OpBuilder &builder,
                                          const RuleBackwardContext &context);

} // namespace mlir::auxact

#include "auxact/Interfaces/RuleAttrInterface.h.inc"

#endif // AUXACT_INTERFACES_RULEATTRINTERFACE_H
