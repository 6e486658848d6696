//===- Shadow.cpp - Who touched which byte when ---------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Shadow.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>

namespace auxact::simt {

// Besides a thread (below 1024), an entry names as its reader or writer:
static constexpr uint16_t lanesOf = 0x8000;    // several lanes of warp (| warp)
static constexpr uint16_t pendingOf = 0x4000;  // a copy that has not landed yet
static constexpr uint16_t many = 0xFFFF;       // several warps
static constexpr uint16_t otherBlock = 0xFFFE; // (also) another block

Shadow::Shadow(const char *base, size_t bytes) : base(base), bytes(bytes) {
  void *memory = mmap(nullptr, bytes * sizeof(Entry), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    std::perror("auxact-simt: no address space to remember accesses");
    std::abort();
  }
  entries = static_cast<Entry *>(memory);
}

Shadow::~Shadow() { munmap(entries, bytes * sizeof(Entry)); }

static unsigned warpOf(uint16_t who) {
  return who & lanesOf ? who & 31 : who / 32;
}

// A barrier of the block, or of the one warp that both belong to, came between.
bool Shadow::over(const Clock &clock, uint32_t time, uint16_t who,
                  uint16_t self) {
  if (time < clock.barrier)
    return true;
  if (who == many || who == otherBlock || warpOf(who) != warpOf(self))
    return false;
  return time < clock.warpBarrier[warpOf(self)];
}

Conflict::Kind Shadow::readEntry(const Rules &rules, Entry &entry,
                                 uint16_t self) {
  const Clock &clock = rules.clock;
  if (entry.writeTime >= rules.countsFrom) {
    if (entry.writeTime < clock.blockBegin)
      return Conflict::AfterWrite;
    if (!(entry.writer & lanesOf) && entry.writer & pendingOf)
      return Conflict::Pending;
    if (entry.writer != self &&
        !over(clock, entry.writeTime, entry.writer, self))
      return Conflict::AfterWrite;
  }
  // Who may still be reading: the reader remembered, this one, or both.
  if (entry.readTime >= rules.countsFrom &&
      (entry.readTime < clock.blockBegin || entry.reader == otherBlock))
    entry.reader = otherBlock;
  else if (entry.readTime < rules.countsFrom || entry.reader == self ||
           over(clock, entry.readTime, entry.reader, self))
    entry.reader = self;
  else if (entry.reader != many && warpOf(entry.reader) == warpOf(self))
    entry.reader = lanesOf | warpOf(self);
  else
    entry.reader = many;
  entry.readTime = clock.now;
  return Conflict::None;
}

Conflict::Kind Shadow::writeEntry(const Rules &rules, Entry &entry,
                                  uint16_t self) {
  const Clock &clock = rules.clock;
  if (entry.writeTime >= rules.countsFrom) {
    if (entry.writeTime < clock.blockBegin)
      return Conflict::AfterWrite;
    if (!(entry.writer & lanesOf) && entry.writer & pendingOf)
      return Conflict::Pending;
    if (entry.writer != self &&
        !over(clock, entry.writeTime, entry.writer, self))
      return Conflict::AfterWrite;
  }
  if (entry.readTime >= rules.countsFrom && entry.reader != self &&
      (entry.reader == otherBlock || entry.readTime < clock.blockBegin ||
       !over(clock, entry.readTime, entry.reader, self)))
    return Conflict::AfterRead;
  entry.writeTime = clock.now;
  entry.writer = self;
  return Conflict::None;
}

template <typename Update>
Conflict Shadow::forEach(const Rules &rules, const char *address, size_t bytes,
                         Update update) {
  size_t offset = address - base;
  size_t end = (offset + bytes + rules.granule - 1) / rules.granule;
  for (size_t i = offset / rules.granule; i < end; ++i) {
    Entry &entry = entries[i];
    Conflict::Kind kind = update(entry);
    if (__builtin_expect(kind == Conflict::None, true))
      continue;
    Conflict conflict;
    conflict.kind = kind;
    conflict.offset = i * rules.granule;
    uint16_t who = kind == Conflict::AfterRead ? entry.reader : entry.writer;
    uint32_t time =
        kind == Conflict::AfterRead ? entry.readTime : entry.writeTime;
    conflict.otherBlock = who == otherBlock || time < rules.clock.blockBegin;
    if (!(who & lanesOf))
      conflict.thread = who & ~pendingOf;
    return conflict;
  }
  return Conflict();
}

Conflict Shadow::read(const Rules &rules, const char *address, size_t bytes,
                      unsigned thread) {
  return forEach(rules, address, bytes,
                 [&](Entry &entry) { return readEntry(rules, entry, thread); });
}

Conflict Shadow::readByWarp(const Rules &rules, const char *address,
                            size_t bytes, unsigned warp) {
  return forEach(rules, address, bytes, [&](Entry &entry) {
    return readEntry(rules, entry, lanesOf | warp);
  });
}

Conflict Shadow::write(const Rules &rules, const char *address, size_t bytes,
                       unsigned thread) {
  return forEach(rules, address, bytes, [&](Entry &entry) {
    return writeEntry(rules, entry, thread);
  });
}

Conflict Shadow::writeLater(const Rules &rules, const char *address,
                            size_t bytes, unsigned thread) {
  return forEach(rules, address, bytes, [&](Entry &entry) {
    Conflict::Kind kind = writeEntry(rules, entry, thread);
    if (kind == Conflict::None)
      entry.writer |= pendingOf;
    return kind;
  });
}

void Shadow::land(const Rules &rules, const char *address, size_t bytes,
                  unsigned thread) {
  forEach(rules, address, bytes, [&](Entry &entry) {
    entry.writeTime = rules.clock.now;
    entry.writer = thread;
    return Conflict::None;
  });
}

} // namespace auxact::simt
