//===- Block.h - One large aligned allocation -------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_BLOCK_H
#define AUXACT_LIB_RUNTIME_BLOCK_H

#include "auxact/Runtime/Error.h"

#include <cstdint>

namespace auxact::runtime {

/// Memory for the state or the arena. Zero when fresh, so that a run does not
/// depend on what the allocator left behind.
class Block {
public:
  Block() = default;
  ~Block() { release(); }
  Block(const Block &) = delete;
  Block &operator=(const Block &) = delete;

  /// Replaces the memory; what it held is gone, also on failure.
  Error allocate(int64_t bytes, const char *what);
  void release();

  char *data() const { return memory; }
  int64_t size() const { return bytes; }

private:
  char *memory = nullptr;
  int64_t bytes = 0;
};

} // namespace auxact::runtime

#endif // AUXACT_LIB_RUNTIME_BLOCK_H
