//===- Safetensors.h - Arrays in one file -----------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Reader and writer of the safetensors format: the length of a JSON header,
// the header, then the bytes of all arrays.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_SAFETENSORS_H
#define AUXACT_RUNTIME_SAFETENSORS_H

#include "auxact/Runtime/Error.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace auxact::runtime {

/// An array to be written. `dtype` is the format's own name: F32, I64, U8, …
struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  const void *data = nullptr;
  int64_t bytes = 0;
};

using Metadata = std::map<std::string, std::string>;

/// Writes to a new file beside `path` and renames it, so that a failure never
/// damages the file that was there.
Error writeSafetensors(const std::string &path,
                       const std::vector<SafetensorsEntry> &entries,
                       const Metadata &metadata);

/// An open file. The header is read and checked on opening, arrays on demand.
class SafetensorsFile {
public:
  struct Array {
    std::string dtype;
    std::vector<int64_t> shape;
    int64_t begin = 0, bytes = 0; // from the start of the file
  };

  static Expected<SafetensorsFile> open(const std::string &path);
  ~SafetensorsFile();
  SafetensorsFile(SafetensorsFile &&other) noexcept;
  SafetensorsFile &operator=(SafetensorsFile &&other) noexcept;

  const Metadata &getMetadata() const { return metadata; }
  const std::map<std::string, Array> &getArrays() const { return arrays; }

  /// Null when there is no such array.
  const Array *find(const std::string &name) const;

  /// Reads a whole array to memory of `array.bytes` bytes.
  Error read(const Array &array, void *destination) const;

private:
  SafetensorsFile() = default;
  Error parseHeader(const std::string &text, int64_t dataBegin,
                    int64_t fileBytes);

  int descriptor = -1;
  std::string path;
  Metadata metadata;
  std::map<std::string, Array> arrays;
};

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_SAFETENSORS_H
