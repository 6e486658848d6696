//===- DType.cpp - Element types of the runtime ---------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/DType.h"

#include <cstring>

namespace auxact::runtime {

int64_t dtypeBytes(DType dtype) {
  switch (dtype) {
  case DType::f32:
  case DType::i32:
    return 4;
  case DType::f64:
  case DType::i64:
    return 8;
  case DType::bf16:
    return 2;
  case DType::i8:
    return 1;
  }
  return 0;
}

const char *dtypeName(DType dtype) {
  switch (dtype) {
  case DType::f32:
    return "f32";
  case DType::bf16:
    return "bf16";
  case DType::f64:
    return "f64";
  case DType::i32:
    return "i32";
  case DType::i64:
    return "i64";
  case DType::i8:
    return "i8";
  }
  return "?";
}

std::optional<DType> parseDType(std::string_view name) {
  for (DType dtype :
       {DType::f32, DType::bf16, DType::f64, DType::i32, DType::i64, DType::i8})
    if (name == dtypeName(dtype))
      return dtype;
  return std::nullopt;
}

uint16_t toBFloat16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  uint32_t upper = bits >> 16;
  if (value != value)
    return upper | 0x40;
  return (bits + 0x7FFF + (upper & 1)) >> 16;
}

int64_t countElements(const int64_t *shape, int64_t rank) {
  int64_t count = 1;
  for (int64_t i = 0; i < rank; ++i)
    count *= shape[i];
  return count;
}

bool isContiguous(const ArrayView &view) {
  if (!view.strides)
    return true;
  int64_t expected = dtypeBytes(view.dtype);
  for (int64_t i = view.rank - 1; i >= 0; --i) {
    // The stride of a dimension of size 1 is never used.
    if (view.shape[i] != 1 && view.strides[i] != expected)
      return false;
    expected *= view.shape[i];
  }
  return true;
}

std::string describeArray(DType dtype, const int64_t *shape, int64_t rank) {
  std::string text = dtypeName(dtype);
  text += '[';
  for (int64_t i = 0; i < rank; ++i) {
    if (i)
      text += 'x';
    text += std::to_string(shape[i]);
  }
  text += ']';
  return text;
}

static void copyElement(const char *from, DType fromType, DType toType,
                        char *to) {
  if (fromType == DType::i64 && toType == DType::i32) {
    int64_t wide;
    std::memcpy(&wide, from, sizeof(wide));
    auto narrow = static_cast<int32_t>(wide);
    std::memcpy(to, &narrow, sizeof(narrow));
    return;
  }
  std::memcpy(to, from, dtypeBytes(toType));
}

/// One dimension per level: ranks are small, and recursion needs no memory.
static char *copyDimension(const ArrayView &view, const char *from,
                           int64_t dimension, DType dtype, char *to) {
  if (dimension == view.rank) {
    copyElement(from, view.dtype, dtype, to);
    return to + dtypeBytes(dtype);
  }
  for (int64_t i = 0; i < view.shape[dimension]; ++i)
    to = copyDimension(view, from + i * view.strides[dimension], dimension + 1,
                       dtype, to);
  return to;
}

void copyToContiguous(const ArrayView &view, DType dtype, void *destination) {
  int64_t count = countElements(view.shape, view.rank);
  auto *to = static_cast<char *>(destination);
  auto *from = static_cast<const char *>(view.data);
  if (!isContiguous(view)) {
    copyDimension(view, from, 0, dtype, to);
    return;
  }
  if (view.dtype == dtype) {
    if (count != 0)
      std::memcpy(to, from, count * dtypeBytes(dtype));
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    copyElement(from + i * dtypeBytes(view.dtype), view.dtype, dtype,
                to + i * dtypeBytes(dtype));
}

} // namespace auxact::runtime
