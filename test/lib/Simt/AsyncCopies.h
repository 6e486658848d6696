//===- AsyncCopies.h - Copies that land late --------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_ASYNCCOPIES_H
#define AUXACT_TEST_LIB_SIMT_ASYNCCOPIES_H

#include "Report.h"

#include <vector>

namespace auxact::simt {

/// What one thread has copied by cp.async and not waited for. A copy lands as
/// late as it may: when the thread waits for its group.
class AsyncCopies {
public:
  void clear();
  /// Copies `sourceBytes` and fills up with zeros to `site->bytes`.
  void add(const Site *site, char *to, const char *from, uint32_t sourceBytes);
  void commit() { ++group; }
  /// Lands all but the `pending` newest groups.
  void wait(uint32_t pending);
  /// Lands all, committed or not.
  void waitForAll();

private:
  struct Copy {
    const Site *site;
    char *to;
    const char *from;
    uint32_t sourceBytes;
    uint64_t group;
  };
  void land(const Copy &copy);

  std::vector<Copy> copies;
  uint64_t group = 0; // the one that is not committed yet
};

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_ASYNCCOPIES_H
