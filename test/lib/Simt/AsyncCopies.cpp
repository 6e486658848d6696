//===- AsyncCopies.cpp - Copies that land late ----------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "AsyncCopies.h"

#include "Access.h"
#include "Block.h"
#include "EntryPoints.h"

#include <cstring>

namespace auxact::simt {

void AsyncCopies::clear() {
  copies.clear();
  group = 0;
}

void AsyncCopies::add(const Site *site, char *to, const char *from,
                      uint32_t sourceBytes) {
  copies.push_back({site, to, from, sourceBytes, group});
}

void AsyncCopies::land(const Copy &copy) {
  std::memcpy(copy.to, copy.from, copy.sourceBytes);
  std::memset(copy.to + copy.sourceBytes, 0,
              copy.site->bytes - copy.sourceBytes);
  recordLanding(*copy.site, copy.to);
}

void AsyncCopies::wait(uint32_t pending) {
  size_t kept = 0;
  for (const Copy &copy : copies)
    if (copy.group + pending < group)
      land(copy);
    else
      copies[kept++] = copy;
  copies.resize(kept);
}

void AsyncCopies::waitForAll() {
  for (const Copy &copy : copies)
    land(copy);
  copies.clear();
}

} // namespace auxact::simt

using namespace auxact::simt;

void auxact::simt::auxactSimtCopyAsync(const Site *site, char *to, char *from,
                                       uint32_t sourceBytes) {
  if (sourceBytes > site->bytes)
    report(site, "cp.async of %u bytes takes %u from its source", site->bytes,
           sourceBytes);
  if (uintptr_t(from) % site->bytes)
    report(site, "misaligned: cp.async of %u bytes from %p", site->bytes,
           static_cast<void *>(from));
  checkAsyncWrite(*site, to);
  if (sourceBytes)
    checkGlobalRead(*site, from, sourceBytes);
  Block::running().self().copies.add(site, to, from, sourceBytes);
}

void auxact::simt::auxactSimtCommitCopies(const Site *) {
  Block::running().self().copies.commit();
}

void auxact::simt::auxactSimtWaitForCopies(const Site *, uint32_t groups) {
  Block::running().self().copies.wait(groups);
}

void auxact::simt::auxactSimtWaitForAllCopies(const Site *) {
  Block::running().self().copies.waitForAll();
}
