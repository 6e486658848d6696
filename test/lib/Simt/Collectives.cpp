//===- Collectives.cpp - Votes, shuffles and barriers of a warp -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// After the PTX ISA: vote.sync, shfl.sync, elect.sync, bar.warp.sync. Of these
// only the last puts memory accesses of the lanes in order.
//
//===----------------------------------------------------------------------===//

#include "Block.h"
#include "EntryPoints.h"

using namespace auxact::simt;

void auxact::simt::auxactSimtWarpBarrier(const Site *site, uint32_t mask) {
  Block &block = Block::running();
  unsigned warp = block.self().warp();
  block.warp().together(
      site, mask, [](Warp::Slot &) {},
      [&](Warp::Operation &) {
        // Of some lanes only: what it orders is not remembered, so that
        // accesses which it orders are reported.
        if (mask == Warp::allLanes)
          block.clock.warpBarrierOf(warp);
      },
      [](Warp::Slot &) {});
}

uint32_t auxact::simt::auxactSimtVote(const Site *site, uint32_t vote,
                                      uint32_t mask, uint32_t predicate) {
  uint32_t result = 0;
  Block::running().warp().together(
      site, mask, [=](Warp::Slot &slot) { slot.in[0] = predicate; },
      [=](Warp::Operation &operation) {
        uint32_t ballot = 0;
        for (unsigned lane = 0; lane < Warp::size; ++lane)
          if (mask >> lane & 1 && operation.lanes[lane].in[0])
            ballot |= 1u << lane;
        uint32_t outcome = ballot;
        switch (Vote(vote)) {
        case Vote::All:
          outcome = ballot == mask;
          break;
        case Vote::Any:
          outcome = ballot != 0;
          break;
        case Vote::Uniform:
          outcome = ballot == mask || ballot == 0;
          break;
        case Vote::Ballot:
          break;
        }
        for (Warp::Slot &slot : operation.lanes)
          slot.out[0] = outcome;
      },
      [&](Warp::Slot &slot) { result = slot.out[0]; });
  return result;
}

// The lane that `lane` reads from, and whether it is one of its segment.
static unsigned shuffleSource(Shuffle mode, unsigned lane, uint32_t b,
                              uint32_t c, bool &valid) {
  uint32_t offset = b & 31, clamp = c & 31, segment = c >> 8 & 31;
  int last = (lane & segment) | (clamp & ~segment);
  uint32_t first = lane & segment;
  int source = 0;
  switch (mode) {
  case Shuffle::Up:
    source = int(lane) - int(offset);
    valid = source >= last;
    break;
  case Shuffle::Down:
    source = lane + offset;
    valid = source <= last;
    break;
  case Shuffle::Butterfly:
    source = lane ^ offset;
    valid = source <= last;
    break;
  case Shuffle::Index:
    source = first | (offset & ~segment);
    valid = source <= last;
    break;
  }
  return valid ? source : lane;
}

// The value in the low half, the predicate above.
uint64_t auxact::simt::auxactSimtShuffle(const Site *site, uint32_t mode,
                                         uint32_t mask, uint32_t value,
                                         uint32_t b, uint32_t c) {
  bool valid = false;
  unsigned lane = Block::running().self().lane();
  unsigned source = shuffleSource(Shuffle(mode), lane, b, c, valid);
  if (!(mask >> source & 1))
    report(site, "wrong mask: lane %u reads from lane %u, which %#x lacks",
           lane, source, mask);
  uint32_t result = 0;
  Block::running().warp().together(
      site, mask,
      [=](Warp::Slot &slot) { slot.in[0] = value, slot.in[1] = source; },
      [=](Warp::Operation &operation) {
        for (Warp::Slot &slot : operation.lanes)
          slot.out[0] = operation.lanes[slot.in[1] % Warp::size].in[0];
      },
      [&](Warp::Slot &slot) { result = slot.out[0]; });
  return result | uint64_t(valid) << 32;
}

// The lowest lane of the mask; the predicate is set for it alone.
uint64_t auxact::simt::auxactSimtElect(const Site *site, uint32_t mask) {
  unsigned lane = Block::running().self().lane();
  Block::running().warp().together(
      site, mask, [](Warp::Slot &) {}, [](Warp::Operation &) {},
      [](Warp::Slot &) {});
  unsigned leader = __builtin_ctz(mask);
  return leader | uint64_t(lane == leader) << 32;
}
