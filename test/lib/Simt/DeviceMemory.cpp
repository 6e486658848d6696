//===- DeviceMemory.cpp - What has been allocated on the device -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "DeviceMemory.h"

#include <cstdlib>
#include <cstring>

namespace auxact::simt {

DeviceMemory &DeviceMemory::get() {
  static DeviceMemory memory;
  return memory;
}

char *DeviceMemory::allocate(size_t bytes, Kind kind) {
  constexpr size_t alignment = 4096;
  if (kind == Device && bytes > freeBytes())
    return nullptr;
  auto *base = static_cast<char *>(std::aligned_alloc(
      alignment, (bytes + alignment - 1) / alignment * alignment));
  if (!base)
    return nullptr;
  std::memset(base, 0xFF, bytes);
  if (kind == Device)
    used += bytes;
  add(base, bytes, kind);
  return base;
}

bool DeviceMemory::release(void *address, Kind kind) {
  auto it = allocations.find(static_cast<char *>(address));
  if (it == allocations.end() || it->second.kind != kind)
    return false;
  if (kind == Device)
    used -= it->second.bytes;
  remove(static_cast<char *>(address));
  std::free(address);
  return true;
}

void DeviceMemory::releaseAll() {
  for (auto it = allocations.begin(); it != allocations.end();) {
    char *base = it->second.base;
    Kind kind = it->second.kind;
    ++it;
    if (kind == Device)
      release(base, kind);
  }
}

void DeviceMemory::add(char *base, size_t bytes, Kind kind) {
  allocations[base] = {base, bytes, kind, nullptr};
}

void DeviceMemory::remove(char *base) {
  last = nullptr;
  allocations.erase(base);
}

DeviceMemory::Allocation *DeviceMemory::find(const void *address) {
  auto *byte = static_cast<const char *>(address);
  if (last && size_t(byte - last->base) < last->bytes)
    return last;
  auto it = allocations.upper_bound(byte);
  if (it == allocations.begin())
    return nullptr;
  Allocation &candidate = std::prev(it)->second;
  if (size_t(byte - candidate.base) >= candidate.bytes)
    return nullptr;
  return last = &candidate;
}

bool DeviceMemory::holds(const void *address, size_t bytes) {
  Allocation *allocation = find(address);
  return allocation && static_cast<const char *>(address) + bytes <=
                           allocation->base + allocation->bytes;
}

} // namespace auxact::simt
