//===- LittleEndian.h - Numbers in files ------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_ARRAYFILE_LITTLEENDIAN_H
#define AUXACT_LIB_ARRAYFILE_LITTLEENDIAN_H

#include <cstdint>

namespace auxact {

inline uint64_t readLittle(const char *data, int bytes) {
  uint64_t value = 0;
  for (int i = bytes; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(data[i]);
  return value;
}
inline uint16_t read16(const char *data) {
  return static_cast<uint16_t>(readLittle(data, 2));
}
inline uint32_t read32(const char *data) {
  return static_cast<uint32_t>(readLittle(data, 4));
}
inline uint64_t read64(const char *data) { return readLittle(data, 8); }

} // namespace auxact

#endif // AUXACT_LIB_ARRAYFILE_LITTLEENDIAN_H
