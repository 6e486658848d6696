//===- DType.h - Element types of the runtime -------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Element types that may cross the border of a program, and views of arrays
// that belong to somebody else.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_DTYPE_H
#define AUXACT_RUNTIME_DTYPE_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auxact::runtime {

enum class DType { f32, bf16, f64, i32, i64, i8 };

int64_t dtypeBytes(DType dtype);

/// "f32", "bf16", …
const char *dtypeName(DType dtype);
std::optional<DType> parseDType(std::string_view name);

/// The bits of the nearest bf16, ties to even; NaN stays NaN.
uint16_t toBFloat16(float value);

/// An array of the caller. Strides are in bytes; without strides the array is
/// contiguous in row-major order.
struct ArrayView {
  const void *data = nullptr;
  DType dtype = DType::f32;
  const int64_t *shape = nullptr;
  int64_t rank = 0;
  const int64_t *strides = nullptr;
};

int64_t countElements(const int64_t *shape, int64_t rank);
inline int64_t countElements(const std::vector<int64_t> &shape) {
  return countElements(shape.data(), static_cast<int64_t>(shape.size()));
}

bool isContiguous(const ArrayView &view);

/// "f32[64x784]".
std::string describeArray(DType dtype, const int64_t *shape, int64_t rank);
inline std::string describeArray(DType dtype,
                                 const std::vector<int64_t> &shape) {
  return describeArray(dtype, shape.data(), static_cast<int64_t>(shape.size()));
}
inline std::string describeArray(const ArrayView &view) {
  return describeArray(view.dtype, view.shape, view.rank);
}

/// Copies a view, whatever its strides, to contiguous memory. Between equal
/// dtypes, or from i64 to i32 (the caller has checked the range).
void copyToContiguous(const ArrayView &view, DType dtype, void *destination);

/// Rounds up to a multiple of a power of two.
inline int64_t alignUp(int64_t value, int64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_DTYPE_H
