//===- ArrayFile.cpp - Arrays from .npy and .npz files --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Arrays from .npy and .npz files.
//
//===----------------------------------------------------------------------===//

#include "ArrayFile.h"

#include "ZipFile.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir::auxact;
using ::auxact::runtime::DType;
using llvm::StringRef;

static llvm::Error malformed(const llvm::Twine &what) {
  return llvm::createStringError("not a well-formed .npy array: " + what);
}

static std::optional<DType> parseElementType(StringRef description) {
  return llvm::StringSwitch<std::optional<DType>>(description)
      .Case("<f4", DType::f32)
      .Case("<f8", DType::f64)
      .Case("<i4", DType::i32)
      .Case("<i8", DType::i64)
      .Case("|i1", DType::i8)
      .Default(std::nullopt);
}

/// What follows `key` in a header such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
static StringRef getHeaderValue(StringRef header, StringRef key) {
  StringRef rest = header.split(("'" + key + "':").str()).second;
  return rest.ltrim();
}

static llvm::Expected<std::vector<int64_t>> parseShape(StringRef header) {
  StringRef value = getHeaderValue(header, "shape");
  if (!value.consume_front("(") || !value.contains(')'))
    return malformed("its header has no shape");
  llvm::SmallVector<StringRef> parts;
  value.take_until([](char c) { return c == ')'; })
      .split(parts, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  std::vector<int64_t> shape;
  for (StringRef part : parts) {
    int64_t size;
    if (part.trim().empty())
      continue;
    if (part.trim().getAsInteger(10, size) || size < 0)
      return malformed("'" + part.trim() + "' is no size of a dimension");
    shape.push_back(size);
  }
  return shape;
}

static llvm::Expected<Array> parseArray(StringRef name, StringRef bytes) {
  Array array;
  array.name = name.str();
  if (!bytes.consume_front(StringRef("\x93NUMPY", 6)) || bytes.size() < 6)
    return malformed("it does not start as one");
  bool isVersion1 = bytes[0] == 1;
  size_t headerBytes = isVersion1
                           ? llvm::support::endian::read16le(bytes.data() + 2)
                           : llvm::support::endian::read32le(bytes.data() + 2);
  bytes = bytes.drop_front(isVersion1 ? 4 : 6);
  if (bytes.size() < headerBytes)
    return malformed("its header is cut short");
  StringRef header = bytes.take_front(headerBytes);
  bytes = bytes.drop_front(headerBytes);

  StringRef description = getHeaderValue(header, "descr");
  description.consume_front("'");
  description = description.take_until([](char c) { return c == '\''; });
  std::optional<DType> dtype = parseElementType(description);
  if (!dtype)
    return llvm::createStringError(
        "elements of type '" + description.str() +
        "' are not known; expected <f4, <f8, <i4, <i8 or |i1");
  array.dtype = *dtype;
  llvm::Expected<std::vector<int64_t>> shape = parseShape(header);
  if (!shape)
    return shape.takeError();
  array.shape = std::move(*shape);
  if (getHeaderValue(header, "fortran_order").starts_with("True") &&
      array.shape.size() > 1)
    return llvm::createStringError(
        "the array is in column-major order; save numpy.ascontiguousarray of "
        "it");
  int64_t expected = ::auxact::runtime::dtypeBytes(*dtype);
  for (int64_t size : array.shape)
    if (llvm::MulOverflow(expected, size, expected))
      return malformed("its shape is impossible");
  if (static_cast<int64_t>(bytes.size()) != expected)
    return malformed(
        llvm::Twine("expected ") + llvm::Twine(expected) + " bytes of " +
        ::auxact::runtime::describeArray(array.dtype, array.shape) +
        ", but there are " + llvm::Twine(bytes.size()));
  array.bytes = bytes.str();
  return array;
}

static llvm::Expected<std::vector<Array>> parseArrays(StringRef path,
                                                      StringRef bytes) {
  std::vector<Array> arrays;
  if (!path.ends_with(".npz")) {
    llvm::Expected<Array> array =
        parseArray(llvm::sys::path::stem(path), bytes);
    if (!array)
      return array.takeError();
    arrays.push_back(std::move(*array));
    return arrays;
  }
  llvm::Expected<std::vector<ZipMember>> members = readZip(bytes);
  if (!members)
    return members.takeError();
  for (const ZipMember &member : *members) {
    StringRef name = member.name;
    name.consume_back(".npy");
    llvm::Expected<Array> array = parseArray(name, member.bytes);
    if (!array)
      return llvm::createStringError("array '" + name.str() +
                                     "': " + llvm::toString(array.takeError()));
    arrays.push_back(std::move(*array));
  }
  return arrays;
}

llvm::Expected<std::vector<Array>> mlir::auxact::readArrays(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return llvm::createStringError(path.str() + ": " +
                                   file.getError().message());
  llvm::Expected<std::vector<Array>> arrays =
      parseArrays(path, (*file)->getBuffer());
  if (!arrays)
    return llvm::createStringError(path.str() + ": " +
                                   llvm::toString(arrays.takeError()));
  return arrays;
}
