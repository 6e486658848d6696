//===- ArrayFile.cpp - Arrays from .npy and .npz files --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Arrays from .npy and .npz files.
//
//===----------------------------------------------------------------------===//

#include "auxact/ArrayFile/ArrayFile.h"

#include "LittleEndian.h"
#include "ZipFile.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>

namespace auxact {

using runtime::DType;
using runtime::Error;
using runtime::Expected;
using std::string_view;

static Error malformed(const std::string &what) {
  return Error::failure("not a well-formed .npy array: " + what);
}

static std::optional<DType> parseElementType(string_view description) {
  static constexpr std::pair<string_view, DType> types[] = {{"<f4", DType::f32},
                                                            {"<f8", DType::f64},
                                                            {"<i4", DType::i32},
                                                            {"<i8", DType::i64},
                                                            {"|i1", DType::i8}};
  for (auto [name, dtype] : types)
    if (name == description)
      return dtype;
  return std::nullopt;
}

static bool startsWith(string_view text, string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

static bool endsWith(string_view text, string_view suffix) {
  return text.size() >= suffix.size() &&
         text.substr(text.size() - suffix.size()) == suffix;
}

static string_view trim(string_view text) {
  size_t first = text.find_first_not_of(" \t\n");
  if (first == string_view::npos)
    return "";
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

/// What follows `key` in a header such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
static string_view getHeaderValue(string_view header, string_view key) {
  std::string quoted = "'" + std::string(key) + "':";
  size_t at = header.find(quoted);
  return at == string_view::npos ? "" : trim(header.substr(at + quoted.size()));
}

static Expected<std::vector<int64_t>> parseShape(string_view header) {
  string_view value = getHeaderValue(header, "shape");
  size_t end = value.find(')');
  if (!startsWith(value, "(") || end == string_view::npos)
    return malformed("its header has no shape");
  value = value.substr(1, end - 1);
  std::vector<int64_t> shape;
  while (!value.empty()) {
    size_t comma = value.find(',');
    std::string part(trim(value.substr(0, comma)));
    value = comma == string_view::npos ? "" : value.substr(comma + 1);
    if (part.empty())
      continue;
    errno = 0;
    char *rest = nullptr;
    int64_t size = std::strtoll(part.c_str(), &rest, 10);
    if (*rest != '\0' || errno != 0 || size < 0)
      return malformed("'" + part + "' is no size of a dimension");
    shape.push_back(size);
  }
  return Expected<std::vector<int64_t>>(std::move(shape));
}

static Expected<Array> parseArray(string_view name, string_view bytes) {
  static constexpr string_view magic("\x93NUMPY", 6);
  Array array;
  array.name = name;
  if (!startsWith(bytes, magic) || bytes.size() < magic.size() + 6)
    return malformed("it does not start as one");
  bytes.remove_prefix(magic.size());
  bool isVersion1 = bytes[0] == 1;
  size_t headerBytes =
      isVersion1 ? read16(bytes.data() + 2) : read32(bytes.data() + 2);
  bytes.remove_prefix(isVersion1 ? 4 : 6);
  if (bytes.size() < headerBytes)
    return malformed("its header is cut short");
  string_view header = bytes.substr(0, headerBytes);
  bytes.remove_prefix(headerBytes);

  string_view description = getHeaderValue(header, "descr");
  if (startsWith(description, "'"))
    description.remove_prefix(1);
  description = description.substr(0, description.find('\''));
  std::optional<DType> dtype = parseElementType(description);
  if (!dtype)
    return Error::failure(
        "elements of type '" + std::string(description) +
        "' are not known; expected <f4, <f8, <i4, <i8 or |i1");
  array.dtype = *dtype;
  Expected<std::vector<int64_t>> shape = parseShape(header);
  if (!shape)
    return shape.takeError();
  array.shape = std::move(*shape);
  if (startsWith(getHeaderValue(header, "fortran_order"), "True") &&
      array.shape.size() > 1)
    return Error::failure("the array is in column-major order; save "
                          "numpy.ascontiguousarray of it");
  int64_t expected = runtime::dtypeBytes(*dtype);
  for (int64_t size : array.shape)
    if (__builtin_mul_overflow(expected, size, &expected))
      return malformed("its shape is impossible");
  if (static_cast<int64_t>(bytes.size()) != expected)
    return malformed("expected " + std::to_string(expected) + " bytes of " +
                     runtime::describeArray(array.dtype, array.shape) +
                     ", but there are " + std::to_string(bytes.size()));
  array.bytes = bytes;
  return Expected<Array>(std::move(array));
}

/// "folder/x.npy" is "x".
static string_view getStem(string_view path) {
  size_t slash = path.rfind('/');
  if (slash != string_view::npos)
    path.remove_prefix(slash + 1);
  size_t dot = path.rfind('.');
  return dot == string_view::npos || dot == 0 ? path : path.substr(0, dot);
}

static Expected<std::vector<Array>> parseArrays(string_view path,
                                                string_view bytes) {
  std::vector<Array> arrays;
  if (!endsWith(path, ".npz")) {
    Expected<Array> array = parseArray(getStem(path), bytes);
    if (!array)
      return array.takeError();
    arrays.push_back(std::move(*array));
    return Expected<std::vector<Array>>(std::move(arrays));
  }
  Expected<std::vector<ZipMember>> members = readZip(bytes);
  if (!members)
    return members.takeError();
  for (const ZipMember &member : *members) {
    string_view name = member.name;
    if (endsWith(name, ".npy"))
      name.remove_suffix(4);
    Expected<Array> array = parseArray(name, member.bytes);
    if (!array)
      return Error::failure("array '" + std::string(name) +
                            "': " + array.message());
    arrays.push_back(std::move(*array));
  }
  return Expected<std::vector<Array>>(std::move(arrays));
}

Expected<std::vector<Array>> readArrays(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  if (file.seekg(0, std::ios::end))
    bytes.resize(file.tellg());
  if (!file.seekg(0) || !file.read(bytes.data(), bytes.size()))
    return Error::failure(path + ": " + std::strerror(errno ? errno : EIO));
  Expected<std::vector<Array>> arrays = parseArrays(path, bytes);
  if (!arrays)
    return Error::failure(path + ": " + arrays.message());
  return arrays;
}

} // namespace auxact
