//===- Barriers.h - Barriers of a block -------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_BARRIERS_H
#define AUXACT_TEST_LIB_SIMT_BARRIERS_H

#include "Report.h"

#include <vector>

namespace auxact::simt {

struct Thread;

/// The 16 barriers of a block. Every thread of the block takes part; barriers
/// of part of a block are not modelled and reported.
class Barriers {
public:
  enum Reduction : uint32_t { NoReduction, Count, And, Or };

  /// Arrives at barrier `id` and waits for all others; `aligned`: the threads
  /// of a warp must all do so at the same instruction. Returns what the
  /// reduction makes of everybody's predicate.
  uint32_t sync(const Site *site, uint32_t id, bool aligned,
                Reduction reduction, bool predicate);

private:
  struct Barrier {
    uint32_t arrived = 0, predicates = 0, result = 0;
    Reduction reduction = NoReduction;
    /// Where each warp stands at it.
    const Site *sites[32] = {};
  };
  Barrier barriers[16];
  std::vector<Thread *> waiting[16];
};

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_BARRIERS_H
