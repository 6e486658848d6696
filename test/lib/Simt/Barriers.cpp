//===- Barriers.cpp - Barriers of a block ---------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Barriers.h"

#include "Block.h"
#include "EntryPoints.h"

namespace auxact::simt {

uint32_t Barriers::sync(const Site *site, uint32_t id, bool aligned,
                        Reduction reduction, bool predicate) {
  Block &block = Block::running();
  if (id >= 16)
    report(site, "barrier %u: there are barriers 0 to 15", id);
  Barrier &barrier = barriers[id];
  const Site *&warpSite = barrier.sites[block.self().warp()];
  if (aligned && warpSite && warpSite != site)
    report(site,
           "mismatched barrier: other threads of the warp are at the one "
           "[%s at %s]",
           warpSite->what.c_str(), warpSite->location.c_str());
  if (barrier.arrived && barrier.reduction != reduction)
    report(site, "mismatched barrier: others use barrier %u otherwise", id);
  warpSite = site;
  barrier.reduction = reduction;
  barrier.predicates += predicate;
  if (++barrier.arrived < block.threadCount()) {
    waiting[id].push_back(&block.self());
    block.suspend(site);
    return barrier.result;
  }
  // Everybody is there. Nobody arrives again before all have read the result,
  // which needs everybody once more.
  switch (reduction) {
  case NoReduction:
    break;
  case Count:
    barrier.result = barrier.predicates;
    break;
  case And:
    barrier.result = barrier.predicates == barrier.arrived;
    break;
  case Or:
    barrier.result = barrier.predicates != 0;
    break;
  }
  uint32_t result = barrier.result;
  barrier = Barrier();
  barrier.result = result;
  block.clock.blockBarrier();
  for (Thread *thread : waiting[id])
    block.wake(*thread);
  waiting[id].clear();
  return result;
}

} // namespace auxact::simt

using namespace auxact::simt;

uint32_t auxact::simt::auxactSimtBarrier(const Site *site, uint32_t id,
                                         uint32_t count, uint32_t aligned,
                                         uint32_t reduction,
                                         uint32_t predicate) {
  Block &block = Block::running();
  if (count && count != block.threadCount())
    report(site, "a barrier of %u of the block's %u threads is not modelled",
           count, block.threadCount());
  return block.barriers.sync(site, id, aligned, Barriers::Reduction(reduction),
                             predicate);
}
