//===- LayerChoices.h - Layers of a rule, by structure ----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What the passes on the structure of a network decide, for those that ask.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_LAYERCHOICES_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_LAYERCHOICES_H

#include "auxact/Interfaces/ParameterizedLayerOpInterface.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::auxact {

/// What is decided of one layer, and why.
struct LayerChoice {
  ParameterizedLayerOpInterface layer;
  /// The layer whose input a `residual` rule takes; null: none.
  ParameterizedLayerOpInterface source;
  /// The level of sign activation that the layer belongs to; 0: none.
  unsigned level = 0;
  std::string reason;
};

/// One choice a layer, in order; see `auxact-assign-residual-groups`. Emits an
/// error where the network has other stages, or no layer can share a tensor.
FailureOr<SmallVector<LayerChoice>>
chooseResidualGroups(func::FuncOp func, ArrayRef<int64_t> strides,
                     StringRef downsample);

/// One choice a layer, in order; see `auxact-assign-sign-level`. Emits an error
/// where no layer has a level.
FailureOr<SmallVector<LayerChoice>> chooseSignLevels(func::FuncOp func);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_LAYERCHOICES_H
