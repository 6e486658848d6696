//===- SharedMemory.h - The shared memory of the running block --*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_SHAREDMEMORY_H
#define AUXACT_TEST_LIB_SIMT_SHAREDMEMORY_H

#include "Shadow.h"

namespace auxact::simt {

/// One block runs at a time, so that there is one such memory, always at the
/// same address.
struct SharedMemory {
  /// What a launch can have at most; the window of addresses is larger, so that
  /// an access beside it is still known to be meant for it.
  static constexpr size_t maxBytes = 227 << 10;
  static constexpr size_t defaultBytes = 48 << 10;
  static constexpr size_t windowBytes = 16 << 20;

  static char *base();
  static bool holds(const void *address) {
    return size_t(static_cast<const char *>(address) - base() +
                  windowBytes / 2) < windowBytes;
  }
  static Shadow &shadow();
  /// Fills the first bytes with ones: NaN in every floating-point type.
  static void poison(size_t bytes);
};

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_SHAREDMEMORY_H
