//===- LayerGraph.h - How activations flow between layers -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What the structure of a network says of its layers: which one comes before
// which, and what a residual connection goes around. Names have no part in it.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_DIALECT_AUXACT_TRANSFORMS_LAYERGRAPH_H
#define AUXACT_LIB_DIALECT_AUXACT_TRANSFORMS_LAYERGRAPH_H

#include "auxact/Interfaces/ParameterizedLayerOpInterface.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseSet.h"

namespace mlir::auxact {

/// A residual connection: `input` reaches `add` by a body of layers and, past
/// it, by a shortcut that is a layer at most.
struct ResidualBlock {
  Operation *add;
  Value input;
  /// What the body hands to the addition.
  Value bodyResult;
  /// The body's layers in order, and those among them that read the input
  /// through no other layer.
  SmallVector<ParameterizedLayerOpInterface> layers;
  SmallVector<ParameterizedLayerOpInterface> first;
  /// The layer of the shortcut, or null.
  ParameterizedLayerOpInterface projection;

  /// Whether what comes out has another shape than what goes in.
  bool changesShape() const;
  /// Whether it has another number of positions (height, width).
  bool changesResolution() const;
  /// The dotted name that the names of all its layers begin with.
  StringRef getName() const;
};

class LayerGraph {
public:
  explicit LayerGraph(func::FuncOp func);

  /// The operands of `op` that carry activations: floats with rows, computed
  /// from an input of the model.
  SmallVector<Value, 2> getActivations(Operation *op) const;

  /// The only one of them, of the operation that makes `value`; null where
  /// there are several, or none.
  Value getOnlyActivation(Value value) const;

  /// As that, but null behind a layer.
  Value stepOverNonLayer(Value value) const;

  /// As that, but only over operations that have no other operand: activation
  /// functions, dropout and views, not norms.
  Value stepOverUnary(Value value) const;

  /// Whether `value` is made of `source` by no layer.
  bool isReachedWithoutLayer(Value value, Value source) const;

  /// All residual connections around at least one layer, in order.
  SmallVector<ResidualBlock> findBlocks() const;

private:
  /// The layers of everything between `source` and `value`, if all that
  /// `value` is made of goes through `source`.
  std::optional<SmallVector<ParameterizedLayerOpInterface>>
  findLayersBetween(Value source, Value value) const;
  std::optional<ResidualBlock> findBlock(Operation *add, Value shortcut,
                                         Value body) const;

  Block *body;
  llvm::DenseSet<Value> activations;
};

} // namespace mlir::auxact

#endif // AUXACT_LIB_DIALECT_AUXACT_TRANSFORMS_LAYERGRAPH_H
