//===- Report.h - What the executor finds wrong -----------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A place in a kernel, and the report that ends a launch.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_REPORT_H
#define AUXACT_TEST_LIB_SIMT_REPORT_H

#include <cstdint>
#include <string>

namespace auxact::simt {

/// One instruction of a kernel, as far as the executor has to know it. Compiled
/// code holds its address, so a site lives as long as its module.
struct Site {
  enum Access : uint8_t { None, Read, Write };
  enum Space : uint8_t { Generic, Global, Shared };

  /// "load", "shfl.sync.bfly.i32", …
  std::string what;
  /// "model.mlir:12:3", or that there is none.
  std::string location;
  Access access = None;
  Space space = Generic;
  /// Of one access, and what the address is a multiple of.
  uint32_t bytes = 0, alignment = 1;
};

/// Formats a report, with kernel, block, thread and place of the caller, keeps
/// it, prints it on stderr, and leaves the running thread for good: the launch
/// has failed. Nothing on the caller's stack is destroyed, so callers hold no
/// memory of their own.
[[noreturn]] void report(const Site *site, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/// The same outside of a thread, and without leaving.
void reportOutside(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_REPORT_H
