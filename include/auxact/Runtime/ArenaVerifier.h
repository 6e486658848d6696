//===- ArenaVerifier.h - Independent check of arena plans -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_ARENAVERIFIER_H
#define AUXACT_RUNTIME_ARENAVERIFIER_H

#include "auxact/Runtime/ArenaPlanner.h"

#include <string>
#include <vector>

namespace auxact::runtime {

/// Empty when the plan is right; else what is wrong, naming the buffers by
/// index. Shares no code with the planner: it sweeps through time over an
/// ordered map of occupied ranges. Checks offsets, alignment, overlaps, the
/// arena's size and the lower bound.
std::string verifyArenaPlan(const std::vector<BufferRequest> &requests,
                            const ArenaPlan &plan);

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_ARENAVERIFIER_H
