//===- Safetensors.cpp - Arrays in one file -------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Safetensors.h"

#include "AtomicFile.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace auxact::runtime {

using Json = nlohmann::ordered_json;

/// The format's own limit on headers.
static constexpr uint64_t maxHeaderBytes = 100'000'000;

/// Zero for a dtype that the format does not know.
static int64_t elementBytes(const std::string &dtype) {
  static const std::map<std::string, int64_t> sizes = {
      {"BOOL", 1}, {"U8", 1},   {"I8", 1},  {"U16", 2}, {"I16", 2},
      {"F16", 2},  {"BF16", 2}, {"U32", 4}, {"I32", 4}, {"F32", 4},
      {"U64", 8},  {"I64", 8},  {"F64", 8}};
  auto it = sizes.find(dtype);
  return it == sizes.end() ? 0 : it->second;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

Error writeSafetensors(const std::string &path,
                       const std::vector<SafetensorsEntry> &entries,
                       const Metadata &metadata) {
  // As the reference implementation does: largest elements first, so that every
  // array is aligned for its dtype, then by name.
  std::vector<const SafetensorsEntry *> order;
  for (const SafetensorsEntry &entry : entries)
    order.push_back(&entry);
  std::sort(order.begin(), order.end(),
            [](const SafetensorsEntry *a, const SafetensorsEntry *b) {
              int64_t left = elementBytes(a->dtype);
              int64_t right = elementBytes(b->dtype);
              return left != right ? left > right : a->name < b->name;
            });

  Json header = Json::object();
  header["__metadata__"] = metadata;
  int64_t offset = 0;
  for (const SafetensorsEntry *entry : order) {
    header[entry->name] = {{"dtype", entry->dtype},
                           {"shape", entry->shape},
                           {"data_offsets", {offset, offset + entry->bytes}}};
    offset += entry->bytes;
  }
  std::string text = header.dump(-1, ' ', /*ensure_ascii=*/false,
                                 Json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > maxHeaderBytes)
    return Error::failure("cannot write '" + path + "': the header has " +
                          std::to_string(text.size()) +
                          " bytes, the format allows " +
                          std::to_string(maxHeaderBytes));

  unsigned char length[8];
  for (int i = 0; i < 8; ++i)
    length[i] = static_cast<unsigned char>(text.size() >> (8 * i));
  AtomicFile file(path);
  if (Error error = file.open())
    return error;
  if (Error error = file.write(length, sizeof(length)))
    return error;
  if (Error error = file.write(text.data(), text.size()))
    return error;
  for (const SafetensorsEntry *entry : order)
    if (Error error = file.write(entry->data, entry->bytes))
      return error;
  return file.commit();
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

SafetensorsFile::~SafetensorsFile() {
  if (descriptor >= 0)
    close(descriptor);
}

SafetensorsFile::SafetensorsFile(SafetensorsFile &&other) noexcept
    : descriptor(std::exchange(other.descriptor, -1)),
      path(std::move(other.path)), metadata(std::move(other.metadata)),
      arrays(std::move(other.arrays)) {}

SafetensorsFile &SafetensorsFile::operator=(SafetensorsFile &&other) noexcept {
  std::swap(descriptor, other.descriptor);
  std::swap(path, other.path);
  std::swap(metadata, other.metadata);
  std::swap(arrays, other.arrays);
  return *this;
}

/// Reads exactly `bytes` bytes at `offset`.
static Error readAt(int descriptor, const std::string &path, void *destination,
                    int64_t bytes, int64_t offset) {
  auto *to = static_cast<char *>(destination);
  while (bytes > 0) {
    ssize_t got = pread(descriptor, to,
                        std::min<int64_t>(bytes, int64_t(1) << 30), offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return Error::failure("cannot read '" + path +
                            "': " + std::strerror(errno));
    if (got == 0)
      return Error::failure("'" + path + "' is truncated: it ends at byte " +
                            std::to_string(offset));
    to += got;
    offset += got;
    bytes -= got;
  }
  return Error::success();
}

Expected<SafetensorsFile> SafetensorsFile::open(const std::string &path) {
  SafetensorsFile file;
  file.path = path;
  file.descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file.descriptor < 0 || fstat(file.descriptor, &status) != 0)
    return Error::failure("cannot open '" + path +
                          "': " + std::strerror(errno));
  if (!S_ISREG(status.st_mode))
    return Error::failure("cannot open '" + path + "': not a regular file");

  auto foreign = [&](const std::string &why) {
    return Error::failure("'" + path + "' is not a safetensors file: " + why);
  };
  int64_t fileBytes = status.st_size;
  unsigned char length[8];
  if (fileBytes < static_cast<int64_t>(sizeof(length)))
    return foreign("it has only " + std::to_string(fileBytes) + " bytes");
  if (Error error = readAt(file.descriptor, path, length, sizeof(length), 0))
    return error;
  uint64_t headerBytes = 0;
  for (int i = 0; i < 8; ++i)
    headerBytes |= static_cast<uint64_t>(length[i]) << (8 * i);
  if (headerBytes < 2 || headerBytes > maxHeaderBytes)
    return foreign("its first 8 bytes are no header length");
  char first = 0;
  if (fileBytes > 8)
    if (Error error = readAt(file.descriptor, path, &first, 1, 8))
      return error;
  if (fileBytes > 8 && first != '{')
    return foreign("its header is not JSON");
  int64_t dataBegin = 8 + static_cast<int64_t>(headerBytes);
  if (dataBegin > fileBytes)
    return Error::failure("'" + path + "' is truncated: the header has " +
                          std::to_string(headerBytes) + " bytes, the file " +
                          std::to_string(fileBytes));
  std::string text(headerBytes, '\0');
  if (Error error = readAt(file.descriptor, path, text.data(), headerBytes, 8))
    return error;
  if (Error error = file.parseHeader(text, dataBegin, fileBytes))
    return error;
  return Expected<SafetensorsFile>(std::move(file));
}

/// The product of a shape and an element size, or -1 when it is no sensible
/// number of bytes.
static int64_t shapeBytes(const std::vector<int64_t> &shape, int64_t element) {
  int64_t bytes = element;
  for (int64_t size : shape) {
    if (size < 0 || (size != 0 && bytes > INT64_MAX / 4 / size))
      return -1;
    bytes *= size;
  }
  return bytes;
}

static bool readIntegers(const Json &json, std::vector<int64_t> &values) {
  if (!json.is_array())
    return false;
  for (const Json &value : json) {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > INT64_MAX)
      return false;
    values.push_back(value.get<int64_t>());
  }
  return true;
}

Error SafetensorsFile::parseHeader(const std::string &text, int64_t dataBegin,
                                   int64_t fileBytes) {
  auto damaged = [&](const std::string &why) {
    return Error::failure("the header of '" + path + "' is damaged: " + why);
  };
  Json header = Json::parse(text, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!header.is_object())
    return damaged("it is not a JSON object");

  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (auto it = header.begin(); it != header.end(); ++it) {
    const std::string &name = it.key();
    const Json &value = it.value();
    if (!value.is_object())
      return damaged("'" + name + "' is not an object");
    if (name == "__metadata__") {
      for (auto item = value.begin(); item != value.end(); ++item) {
        if (!item.value().is_string())
          return damaged("metadata '" + item.key() + "' is not a string");
        metadata[item.key()] = item.value().get<std::string>();
      }
      continue;
    }
    Array array;
    std::vector<int64_t> offsets;
    if (!value.contains("dtype") || !value["dtype"].is_string() ||
        !value.contains("shape") ||
        !readIntegers(value["shape"], array.shape) ||
        !value.contains("data_offsets") ||
        !readIntegers(value["data_offsets"], offsets) || offsets.size() != 2)
      return damaged("array '" + name +
                     "' needs a dtype, a shape and two data_offsets");
    array.dtype = value["dtype"].get<std::string>();
    int64_t element = elementBytes(array.dtype);
    if (element == 0)
      return damaged("array '" + name + "' has the unknown dtype '" +
                     array.dtype + "'");
    array.bytes = offsets[1] - offsets[0];
    if (shapeBytes(array.shape, element) != array.bytes)
      return damaged("array '" + name + "' has " + std::to_string(array.bytes) +
                     " bytes, which is not what its shape needs");
    if (offsets[1] > fileBytes - dataBegin)
      return Error::failure("'" + path + "' is truncated: array '" + name +
                            "' ends at byte " +
                            std::to_string(dataBegin + offsets[1]) +
                            ", the file has " + std::to_string(fileBytes));
    array.begin = dataBegin + offsets[0];
    ranges.emplace_back(offsets[0], offsets[1]);
    if (!arrays.emplace(name, std::move(array)).second)
      return damaged("array '" + name + "' appears twice");
  }
  // The format wants the arrays to cover the data without gaps or overlaps.
  std::sort(ranges.begin(), ranges.end());
  int64_t end = 0;
  for (auto [first, last] : ranges) {
    if (first != end)
      return damaged("its arrays do not follow each other");
    end = last;
  }
  if (dataBegin + end != fileBytes)
    return damaged("the file has " + std::to_string(fileBytes) +
                   " bytes, its arrays end at " +
                   std::to_string(dataBegin + end));
  return Error::success();
}

const SafetensorsFile::Array *
SafetensorsFile::find(const std::string &name) const {
  auto it = arrays.find(name);
  return it == arrays.end() ? nullptr : &it->second;
}

Error SafetensorsFile::read(const Array &array, void *destination) const {
  return readAt(descriptor, path, destination, array.bytes, array.begin);
}

} // namespace auxact::runtime
