//===- DeviceMemory.h - What has been allocated on the device ---*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_DEVICEMEMORY_H
#define AUXACT_TEST_LIB_SIMT_DEVICEMEMORY_H

#include "Shadow.h"

#include <map>
#include <memory>

namespace auxact::simt {

/// Memory that kernels may reach: allocations, page-locked memory of the host,
/// and the global variables of modules.
class DeviceMemory {
public:
  enum Kind { Device, Host, Variable };
  struct Allocation {
    char *base;
    size_t bytes;
    Kind kind;
    /// Made when a kernel first touches the allocation.
    std::unique_ptr<Shadow> shadow;
  };

  static constexpr size_t totalBytes = size_t(8) << 30;
  static DeviceMemory &get();

  /// Memory filled with ones, aligned like a driver's; null: no room.
  char *allocate(size_t bytes, Kind kind);
  /// False: nothing of that kind starts there.
  bool release(void *address, Kind kind);
  void releaseAll();

  /// Memory of others.
  void add(char *base, size_t bytes, Kind kind);
  void remove(char *base);

  /// The allocation that holds the address, or null.
  Allocation *find(const void *address);
  /// Whether all the bytes lie in one allocation.
  bool holds(const void *address, size_t bytes);
  size_t freeBytes() const { return totalBytes - used; }

private:
  std::map<const char *, Allocation> allocations; // by base
  Allocation *last = nullptr;
  size_t used = 0;
};

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_DEVICEMEMORY_H
