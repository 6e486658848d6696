//===- AtomicFile.h - All of a file, or the old one -------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_ATOMICFILE_H
#define AUXACT_LIB_RUNTIME_ATOMICFILE_H

#include "auxact/Runtime/Error.h"

#include <cstddef>

namespace auxact::runtime {

/// Collects writes in a new file beside the target. `commit` puts it in the
/// target's place; without a commit the new file is removed.
class AtomicFile {
public:
  explicit AtomicFile(const std::string &path);
  ~AtomicFile();
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;

  Error open();
  Error write(const void *data, size_t bytes);
  Error commit();

private:
  Error fail(const char *what) const;

  std::string target, temporary;
  int descriptor = -1;
};

} // namespace auxact::runtime

#endif // AUXACT_LIB_RUNTIME_ATOMICFILE_H
