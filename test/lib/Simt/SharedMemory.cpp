//===- SharedMemory.cpp - The shared memory of the running block ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "SharedMemory.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace auxact::simt {

static char *reserve() {
  void *memory =
      mmap(nullptr, SharedMemory::windowBytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    std::perror("auxact-simt: no address space for shared memory");
    std::abort();
  }
  // In the middle: an index below zero stays in the window as well.
  return static_cast<char *>(memory) + SharedMemory::windowBytes / 2;
}

char *SharedMemory::base() {
  static char *const memory = reserve();
  return memory;
}

Shadow &SharedMemory::shadow() {
  static Shadow shadow(base(), maxBytes);
  return shadow;
}

void SharedMemory::poison(size_t bytes) { std::memset(base(), 0xFF, bytes); }

} // namespace auxact::simt
