//===- Clock.h - Which accesses barriers have put in order ------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_CLOCK_H
#define AUXACT_TEST_LIB_SIMT_CLOCK_H

#include <cstdint>

namespace auxact::simt {

/// Counts what puts accesses in order: barriers of a block and of a warp, and
/// the starts of blocks. An access is remembered with the time at which it was
/// made; it is over for a thread when a barrier of the thread's block or warp
/// came after it.
struct Clock {
  /// Never goes back, so that memory need not forget earlier launches.
  uint32_t now = 0;
  /// When the launch, the block, and the interval since the block's last
  /// barrier began; the same for each warp.
  uint32_t launchBegin = 0, blockBegin = 0, barrier = 0;
  uint32_t warpBarrier[32] = {};

  void startLaunch() { launchBegin = ++now; }
  void startBlock() {
    blockBegin = barrier = ++now;
    for (uint32_t &time : warpBarrier)
      time = now;
  }
  void blockBarrier() { barrier = ++now; }
  void warpBarrierOf(unsigned warp) { warpBarrier[warp] = ++now; }
};

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_CLOCK_H
