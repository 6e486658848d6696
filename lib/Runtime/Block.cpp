//===- Block.cpp - One large aligned allocation ---------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Block.h"

#include "auxact/Runtime/ProgramSpec.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include <sys/mman.h>

namespace auxact::runtime {

/// From this size on, whole huge pages are worth asking for.
static constexpr int64_t hugePageBytes = int64_t(2) << 20;

Error Block::allocate(int64_t newBytes, const char *what) {
  release();
  if (newBytes == 0)
    return Error::success();
  int64_t alignment =
      newBytes >= 4 * hugePageBytes ? hugePageBytes : blockAlignment;
  void *pointer = nullptr;
  if (posix_memalign(&pointer, alignment, newBytes) != 0)
    return Error::failure(std::string("cannot allocate ") +
                          std::to_string(newBytes) + " bytes for the " + what);
  if (alignment == hugePageBytes)
    madvise(pointer, newBytes, MADV_HUGEPAGE);
  std::memset(pointer, 0, newBytes);
  memory = static_cast<char *>(pointer);
  bytes = newBytes;
  return Error::success();
}

void Block::release() {
  std::free(memory);
  memory = nullptr;
  bytes = 0;
}

} // namespace auxact::runtime
