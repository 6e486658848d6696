//===- Shadow.h - Who touched which byte when -------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_SHADOW_H
#define AUXACT_TEST_LIB_SIMT_SHADOW_H

#include "Clock.h"

#include <cstddef>
#include <cstdint>

namespace auxact::simt {

/// Two accesses to one byte that nothing puts in order.
struct Conflict {
  enum Kind { None, AfterWrite, AfterRead, Pending };
  Kind kind = None;
  /// Where, from the start of the memory.
  size_t offset = 0;
  /// The other thread; unknown where there are several.
  int thread = -1;
  /// The other one belongs to another block of the grid.
  bool otherBlock = false;

  explicit operator bool() const { return kind != None; }
};

/// The last write and the last reads of every byte of a piece of memory. Costs
/// address space for all bytes, memory only for those that are touched.
class Shadow {
public:
  Shadow(const char *base, size_t bytes);
  ~Shadow();
  Shadow(const Shadow &) = delete;
  Shadow &operator=(const Shadow &) = delete;

  /// How accesses are told apart: the unit of bytes, and since when accesses
  /// count (an earlier block's do in global memory, not in shared memory).
  struct Rules {
    const Clock &clock;
    uint32_t granule, countsFrom;
  };

  Conflict read(const Rules &rules, const char *address, size_t bytes,
                unsigned thread);
  /// A read by all lanes of a warp.
  Conflict readByWarp(const Rules &rules, const char *address, size_t bytes,
                      unsigned warp);
  Conflict write(const Rules &rules, const char *address, size_t bytes,
                 unsigned thread);
  /// A write that may happen at any time from now until it lands.
  Conflict writeLater(const Rules &rules, const char *address, size_t bytes,
                      unsigned thread);
  void land(const Rules &rules, const char *address, size_t bytes,
            unsigned thread);

private:
  struct Entry {
    uint32_t writeTime, readTime;
    uint16_t writer, reader;
  };
  static bool over(const Clock &clock, uint32_t time, uint16_t who,
                   uint16_t self);
  static Conflict::Kind readEntry(const Rules &rules, Entry &entry,
                                  uint16_t self);
  static Conflict::Kind writeEntry(const Rules &rules, Entry &entry,
                                   uint16_t self);
  template <typename Update>
  Conflict forEach(const Rules &rules, const char *address, size_t bytes,
                   Update update);

  const char *base;
  size_t bytes;
  Entry *entries;
};

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_SHADOW_H
