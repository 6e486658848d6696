//===- Warp.h - What the threads of a warp do together ----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_WARP_H
#define AUXACT_TEST_LIB_SIMT_WARP_H

#include "Report.h"

#include <memory>
#include <vector>

namespace auxact::simt {

/// A warp's operations that need several lanes. Each lane of the mask brings
/// its inputs and waits; the last one computes for all.
class Warp {
public:
  static constexpr unsigned size = 32;
  static constexpr uint32_t allLanes = 0xFFFFFFFF;

  /// What one lane brings and gets.
  struct Slot {
    uint32_t in[10];
    char *address;
    uint32_t out[4];
  };

  struct Operation {
    const Site *site = nullptr;
    /// The lanes that take part, that have come, and that have to leave yet.
    uint32_t mask = 0, arrived = 0, staying = 0;
    Slot lanes[size];
  };

  /// Meets the other lanes of `mask`, all at one instruction. `fill` writes the
  /// caller's slot; `compute` runs once, when all slots are filled; `read` sees
  /// the caller's slot again.
  template <typename Fill, typename Compute, typename Read>
  void together(const Site *site, uint32_t mask, Fill fill, Compute compute,
                Read read) {
    unsigned lane = 0;
    Operation &operation = arrive(site, mask, lane);
    fill(operation.lanes[lane]);
    if (operation.arrived == mask) {
      compute(operation);
      wakeOthers(operation, lane);
    } else {
      wait(site);
    }
    read(operation.lanes[lane]);
    operation.staying &= ~(1u << lane);
  }

  /// Forgets what an abandoned launch has left.
  void reset();

private:
  Operation &arrive(const Site *site, uint32_t mask, unsigned &lane);
  void wakeOthers(Operation &operation, unsigned lane);
  void wait(const Site *site);

  /// Several at a time where lanes have gone apart, or where some have not yet
  /// fetched the results of the last one.
  std::vector<std::unique_ptr<Operation>> operations;
};

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_WARP_H
