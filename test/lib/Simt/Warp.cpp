//===- Warp.cpp - What the threads of a warp do together ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Warp.h"

#include "Block.h"

namespace auxact::simt {

void Warp::reset() {
  for (std::unique_ptr<Operation> &operation : operations)
    operation->staying = operation->arrived = 0;
}

Warp::Operation &Warp::arrive(const Site *site, uint32_t mask, unsigned &lane) {
  Block &block = Block::running();
  const Thread &self = block.self();
  lane = self.lane();
  if (!(mask >> lane & 1))
    report(site, "wrong mask: %#x lacks the thread's own lane %u", mask, lane);
  Operation *found = nullptr, *unused = nullptr;
  for (std::unique_ptr<Operation> &candidate : operations) {
    if (!candidate->staying)
      unused = candidate.get();
    else if (candidate->arrived != candidate->mask && candidate->mask & mask)
      found = candidate.get();
  }
  if (found) {
    if (found->mask != mask)
      report(site, "wrong mask: %#x, where other lanes wait with %#x", mask,
             found->mask);
    if (found->site != site)
      report(site, "divergent warp: other lanes are at [%s at %s]",
             found->site->what.c_str(), found->site->location.c_str());
    found->arrived |= 1u << lane;
    return *found;
  }
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned other = self.warp() * size + __builtin_ctz(rest);
    if (other >= block.threadCount() ||
        block.thread(other).state == Thread::Done)
      report(site, "wrong mask: %#x names lane %u, which %s", mask,
             other % size,
             other >= block.threadCount() ? "does not exist" : "has returned");
  }
  if (!unused) {
    operations.push_back(std::make_unique<Operation>());
    unused = operations.back().get();
  }
  unused->site = site;
  unused->mask = unused->staying = mask;
  unused->arrived = 1u << lane;
  return *unused;
}

void Warp::wakeOthers(Operation &operation, unsigned lane) {
  Block &block = Block::running();
  unsigned first = block.self().warp() * size;
  for (uint32_t rest = operation.mask & ~(1u << lane); rest; rest &= rest - 1)
    block.wake(block.thread(first + __builtin_ctz(rest)));
}

void Warp::wait(const Site *site) { Block::running().suspend(site); }

} // namespace auxact::simt
