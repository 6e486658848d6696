//===- Access.cpp - Checks of one access to memory ------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Access.h"

#include "Block.h"
#include "DeviceMemory.h"
#include "EntryPoints.h"
#include "SharedMemory.h"

namespace auxact::simt {

static const char *verb(Site::Access access) {
  return access == Site::Write ? "write" : "read";
}

[[noreturn]] static void reportConflict(const Site &site, const char *verb,
                                        const Conflict &conflict,
                                        const char *memory, size_t bytes) {
  char other[64];
  if (conflict.otherBlock)
    std::snprintf(other, sizeof(other), "another block");
  else if (conflict.thread >= 0)
    std::snprintf(other, sizeof(other), "thread %d", conflict.thread);
  else
    std::snprintf(other, sizeof(other), "other threads");
  switch (conflict.kind) {
  case Conflict::Pending:
    report(&site,
           "missing wait: %s of %zu bytes at byte %zu of %s memory, where a "
           "cp.async of %s has not been waited for",
           verb, bytes, conflict.offset, memory, other);
  case Conflict::AfterWrite:
    report(&site,
           "race: %s of %zu bytes at byte %zu of %s memory, which %s has "
           "written without a barrier since",
           verb, bytes, conflict.offset, memory, other);
  default:
    report(&site,
           "race: %s of %zu bytes at byte %zu of %s memory, which %s has read "
           "without a barrier since",
           verb, bytes, conflict.offset, memory, other);
  }
}

static void checkShared(const Site &site, const char *verb, char *address,
                        size_t bytes) {
  ptrdiff_t offset = address - SharedMemory::base();
  size_t limit = Block::running().launch().sharedBytes;
  if (offset < 0 || offset + bytes > limit)
    report(&site,
           "out of bounds: %s of %zu bytes at byte %td of shared memory, of "
           "which the block has %zu",
           verb, bytes, offset, limit);
}

static DeviceMemory::Allocation &checkGlobal(const Site &site, const char *verb,
                                             char *address, size_t bytes) {
  DeviceMemory::Allocation *allocation = DeviceMemory::get().find(address);
  if (!allocation) {
    // Just beyond an allocation is the usual case; say of which.
    size_t distance = 0;
    while (!allocation && ++distance <= 4096)
      allocation = DeviceMemory::get().find(address - distance);
    if (!allocation)
      report(&site,
             "out of bounds: %s of %zu bytes at %p, where nothing is allocated",
             verb, bytes, static_cast<void *>(address));
  }
  size_t offset = address - allocation->base;
  if (offset + bytes > allocation->bytes)
    report(&site,
           "out of bounds: %s of %zu bytes at byte %zu of an allocation of %zu",
           verb, bytes, offset, allocation->bytes);
  return *allocation;
}

static Shadow::Rules sharedRules(const Block &block) {
  return {block.clock, block.launch().granule, block.clock.blockBegin};
}

static Shadow::Rules globalRules(const Block &block) {
  return {block.clock, block.launch().granule, block.clock.launchBegin};
}

static void record(const Site &site, Site::Access access,
                   const Shadow::Rules &rules, Shadow &shadow,
                   const char *memory, char *address, size_t bytes) {
  unsigned thread = Block::running().self().index;
  Conflict conflict = access == Site::Write
                          ? shadow.write(rules, address, bytes, thread)
                          : shadow.read(rules, address, bytes, thread);
  if (conflict)
    reportConflict(site, verb(access), conflict, memory, bytes);
}

// Races are not looked for where remembering accesses would take too much
// address space.
static void recordGlobal(const Site &site, DeviceMemory::Allocation &allocation,
                         Site::Access access, char *address, size_t bytes) {
  constexpr size_t largest = 256 << 20;
  if (allocation.kind == DeviceMemory::Variable || allocation.bytes > largest)
    return;
  if (!allocation.shadow)
    allocation.shadow =
        std::make_unique<Shadow>(allocation.base, allocation.bytes);
  record(site, access, globalRules(Block::running()), *allocation.shadow,
         "global", address, bytes);
}

static void checkAlignment(const Site &site, const char *verb, char *address,
                           size_t bytes, uint32_t alignment) {
  if (uintptr_t(address) % alignment)
    report(&site,
           "misaligned: %s of %zu bytes at %p, which is no multiple of %u",
           verb, bytes, static_cast<void *>(address), alignment);
}

void checkAccess(const Site &site, char *address, size_t bytes) {
  const char *verb = simt::verb(site.access);
  checkAlignment(site, verb, address, bytes, site.alignment);
  Block &block = Block::running();
  if (SharedMemory::holds(address)) {
    if (site.space == Site::Global)
      report(&site, "%s of global memory at an address in shared memory", verb);
    checkShared(site, verb, address, bytes);
    record(site, site.access, sharedRules(block), SharedMemory::shadow(),
           "shared", address, bytes);
    return;
  }
  if (site.space == Site::Shared)
    report(&site, "out of bounds: %s of %zu bytes far outside shared memory",
           verb, bytes);
  int slot = Fiber::slotOf(address);
  if (slot >= 0) {
    if (unsigned(slot) != block.self().index)
      report(&site, "%s of the local memory of thread %d", verb, slot);
    return;
  }
  recordGlobal(site, checkGlobal(site, verb, address, bytes), site.access,
               address, bytes);
}

void checkAsyncWrite(const Site &site, char *address) {
  checkAlignment(site, "write", address, site.bytes, site.bytes);
  checkShared(site, "write", address, site.bytes);
  Block &block = Block::running();
  Conflict conflict = SharedMemory::shadow().writeLater(
      sharedRules(block), address, site.bytes, block.self().index);
  if (conflict)
    reportConflict(site, "write", conflict, "shared", site.bytes);
}

void recordLanding(const Site &site, char *address) {
  Block &block = Block::running();
  SharedMemory::shadow().land(sharedRules(block), address, site.bytes,
                              block.self().index);
}

void checkGlobalRead(const Site &site, char *address, size_t bytes) {
  recordGlobal(site, checkGlobal(site, "read", address, bytes), Site::Read,
               address, bytes);
}

void checkMatrixRow(const Site &site, char *address) {
  checkAlignment(site, "read", address, 16, 16);
  if (!SharedMemory::holds(address))
    report(&site, "a row of ldmatrix is not in shared memory");
  checkShared(site, "read", address, 16);
  Block &block = Block::running();
  Conflict conflict = SharedMemory::shadow().readByWarp(
      sharedRules(block), address, 16, block.self().warp());
  if (conflict)
    reportConflict(site, "read", conflict, "shared", 16);
}

} // namespace auxact::simt

using namespace auxact::simt;

void auxact::simt::auxactSimtAccess(const Site *site, char *address) {
  checkAccess(*site, address, site->bytes);
}

void auxact::simt::auxactSimtRangeAccess(const Site *site, char *address,
                                         uint64_t bytes) {
  if (bytes)
    checkAccess(*site, address, bytes);
}

// Elements are checked one by one; the alignment is an element's.
void auxact::simt::auxactSimtMaskedAccess(const Site *site, char *address,
                                          uint64_t mask) {
  for (; mask; mask &= mask - 1)
    checkAccess(*site, address + site->bytes * __builtin_ctzll(mask),
                site->bytes);
}

void auxact::simt::auxactSimtTrap(const Site *site) { report(site, "trap"); }
