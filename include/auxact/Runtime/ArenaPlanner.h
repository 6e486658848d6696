//===- ArenaPlanner.h -------------------------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Offsets for buffers with known lifetimes *- C++.
//
//===----------------------------------------------------------------------===//
//
// A pure function from (bytes, alignment, first use, last use) to offsets in
// one arena. Same requests, same plan: work is bounded by counting, not by
// clock.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_ARENAPLANNER_H
#define AUXACT_RUNTIME_ARENAPLANNER_H

#include <cstdint>
#include <string>
#include <vector>

namespace auxact::runtime {

/// One buffer. It is alive at the launches first, …, last, both inclusive. Its
/// bytes are rounded up to its alignment, a power of two.
struct BufferRequest {
  int64_t bytes = 0;
  int64_t alignment = 64;
  int64_t first = 0;
  int64_t last = 0;
};

struct ArenaPlan {
  std::vector<int64_t> offsets; // one a request
  int64_t bytes = 0;            // the arena's size
  int64_t lowerBound = 0;       // no plan of these requests can be smaller

  /// How far the plan is above the bound, as a fraction of the bound.
  double gap() const {
    return lowerBound == 0 ? 0.0
                           : static_cast<double>(bytes - lowerBound) /
                                 static_cast<double>(lowerBound);
  }
};

/// Empty when the requests are well formed; else what is wrong with the first
/// bad one: negative bytes, an alignment that is no power of two, or a last use
/// before the first.
std::string checkBufferRequests(const std::vector<BufferRequest> &requests);

/// The maximum over time of the live bytes, each rounded up to its alignment.
int64_t arenaLowerBound(const std::vector<BufferRequest> &requests);

/// Plans offsets: the best of several greedy orders, improved by a bounded
/// local search while the plan is above the lower bound. Never larger than
/// `planArenaBestFit`. The requests must pass `checkBufferRequests`.
ArenaPlan planArena(const std::vector<BufferRequest> &requests);

/// Plain best-fit: walks through time, frees what has died, and puts each new
/// buffer, largest first, into the smallest gap that holds it. The yardstick.
ArenaPlan planArenaBestFit(const std::vector<BufferRequest> &requests);

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_ARENAPLANNER_H
