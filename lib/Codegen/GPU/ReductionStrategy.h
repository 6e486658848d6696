//===- ReductionStrategy.h - How a reduction is dealt to threads -*- C++
//-*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Every number that the loops of a reduction depend on.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_REDUCTIONSTRATEGY_H
#define AUXACT_LIB_CODEGEN_GPU_REDUCTIONSTRATEGY_H

#include "auxact/Codegen/Kernel/KernelForm.h"

namespace mlir::auxact::device {

/// A team of threads makes one sum: of one row, or of one vector of columns.
/// Along rows its steps are vectors of the row, and its members neighbours;
/// along columns its steps are rows, and neighbours belong to teams.
struct ReductionStrategy {
  /// Elements of a vector.
  int64_t width = 1;
  /// Threads of a team, and teams of a block; powers of two.
  int64_t members = 1, teams = 1;
  /// Steps of a team, and how many teams there are.
  int64_t steps = 1, sums = 1;
  /// Along columns: teams for each index before the reduced loop. More than
  /// there are vectors of columns where packed bits need whole words of lanes.
  int64_t teamsPerRow = 1;
  /// Blocks that share the steps of their teams, and the steps of one. With
  /// more than one, partial sums go through the workspace.
  int64_t splits = 1, splitSteps = 1;
  /// Steps of a thread that are in flight together.
  int64_t unroll = 1;
  /// All steps of a thread are unrolled, so that what one level has loaded or
  /// computed stays in registers for the next.
  bool inRegisters = false;

  static ReductionStrategy choose(const codegen::KernelForm &form);

  int64_t threads() const { return members * teams; }
  int64_t blocks() const;
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_REDUCTIONSTRATEGY_H
