//===- OptimizerUpdates.h - The arithmetic of optimizers --------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of optimizers.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_OPTIMIZERUPDATES_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_OPTIMIZERUPDATES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

namespace mlir::auxact {

/// What an update reads. `scalars` are rank-0 tensors that vary by step. With
/// an average decay > 0 the last state is the parameter's running average, and
/// the last result its new value.
struct OptimizerOperands {
  Location loc;
  Value parameter;
  Value gradient;
  ValueRange state;
  ValueRange scalars;
  double averageDecay = 0.0;
};

struct SgdOptions {
  double momentum = 0.0;
  bool nesterov = false;
  double weightDecay = 0.0;
};

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weightDecay = 0.0;
  /// AdamW's decay of the parameter itself; else decay joins the gradient.
  bool decoupled = true;
};

/// torch.optim.SGD with dampening 0: the new parameter and, with momentum, the
/// new buffer. State: the buffer, with momentum. Scalars: the learning rate.
SmallVector<Value> buildSgdUpdate(OpBuilder &builder,
                                  const OptimizerOperands &operands,
                                  const SgdOptions &options);

/// torch.optim.Adam or AdamW: the new parameter and the new means. State: the
/// mean gradient and the mean squared gradient. Scalars: `buildAdamScalars`.
SmallVector<Value> buildAdamUpdate(OpBuilder &builder,
                                   const OptimizerOperands &operands,
                                   const AdamOptions &options);

/// The scalars of a step of Adam from the learning rate and the number of the
/// step: with decoupled decay 1 - lr * weight decay, then for both
/// lr / (1 - beta1^t) and 1 / sqrt(1 - beta2^t). Computed in double precision
/// and rounded once.
SmallVector<Value> buildAdamScalars(OpBuilder &builder, Location loc, Value lr,
                                    Value step, const AdamOptions &options);

/// min(1, maxNorm / (norm + 1e-6)), norm over all the gradients together.
Value buildClipCoefficient(OpBuilder &builder, Location loc,
                           ValueRange gradients, double maxNorm);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_OPTIMIZERUPDATES_H
