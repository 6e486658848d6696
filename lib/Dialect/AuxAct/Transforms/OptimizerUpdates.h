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

/// What an update reads. `scalars` are rank-0 tensors that vary by step.
struct OptimizerOperands {
  Location loc;
  Value parameter;
  Value gradient;
  ValueRange state;
  ValueRange scalars;
};

struct SgdOptions {
  double momentum = 0.0;
  bool nesterov = false;
  double weightDecay = 0.0;
};

struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weightDecay = 0.0;
};

/// torch.optim.SGD with dampening 0: the new parameter and, with momentum, the
/// new buffer. State: the buffer, with momentum. Scalars: the learning rate.
SmallVector<Value> buildSgdUpdate(OpBuilder &builder,
                                  const OptimizerOperands &operands,
                                  const SgdOptions &options);

/// torch.optim.AdamW: the new parameter and the new means. State: the mean
/// gradient and the mean squared gradient. Scalars: `buildAdamWScalars`.
SmallVector<Value> buildAdamWUpdate(OpBuilder &builder,
                                    const OptimizerOperands &operands,
                                    const AdamWOptions &options);

/// The scalars of an AdamW step from the learning rate and the number of the
/// step: 1 - lr * weight decay, lr / (1 - beta1^t), 1 / sqrt(1 - beta2^t).
/// Computed in double precision and rounded once.
SmallVector<Value> buildAdamWScalars(OpBuilder &builder, Location loc, Value lr,
                                     Value step, const AdamWOptions &options);

/// min(1, maxNorm / (norm + 1e-6)), norm over all the gradients together.
Value buildClipCoefficient(OpBuilder &builder, Location loc,
                           ValueRange gradients, double maxNorm);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_OPTIMIZERUPDATES_H
