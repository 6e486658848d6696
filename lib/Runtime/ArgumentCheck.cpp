//===- ArgumentCheck.cpp - Do arrays fit an entry's inputs? ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "ArgumentCheck.h"

#include <algorithm>
#include <cstring>

namespace auxact::runtime {

static bool isAccepted(DType given, const InputSpec &input) {
  // Labels and tokens come as 64-bit integers from most libraries; their range
  // is checked, so that narrowing them loses nothing.
  return given == input.dtype || (input.classes > 0 && given == DType::i64 &&
                                  input.dtype == DType::i32);
}

Error checkInputShape(const InputSpec &input, const ArrayView &view) {
  bool matches = view.rank == static_cast<int64_t>(input.shape.size()) &&
                 std::equal(input.shape.begin(), input.shape.end(), view.shape);
  if (matches && isAccepted(view.dtype, input)) {
    if (view.data || input.bytes == 0)
      return Error::success();
    return Error::failure("input '" + input.name + "': the array has no data");
  }
  return Error::failure("input '" + input.name + "': expected " +
                        describeArray(input.dtype, input.shape) + ", got " +
                        describeArray(view));
}

/// Reads one integer of a view by its row-major index.
static int64_t readInteger(const ArrayView &view, int64_t index) {
  int64_t offset = index * dtypeBytes(view.dtype);
  if (view.strides) {
    offset = 0;
    for (int64_t i = view.rank - 1; i >= 0; --i) {
      offset += index % view.shape[i] * view.strides[i];
      index /= view.shape[i];
    }
  }
  auto *data = static_cast<const char *>(view.data) + offset;
  if (view.dtype == DType::i64) {
    int64_t value;
    std::memcpy(&value, data, sizeof(value));
    return value;
  }
  int32_t value;
  std::memcpy(&value, data, sizeof(value));
  return value;
}

Error checkLabels(const InputSpec &input, const ArrayView &view) {
  int64_t count = countElements(view.shape, view.rank);
  if (input.classes == 0 || count == 0)
    return Error::success();
  int64_t perRow = view.rank == 0 ? 1 : count / view.shape[0];
  for (int64_t i = 0; i < count; ++i) {
    int64_t value = readInteger(view, i);
    if ((value >= 0 && value < input.classes) || value == input.ignored)
      continue;
    std::string what = input.isLabel ? "label" : "token";
    std::string besides =
        input.ignored
            ? ", and " + std::to_string(*input.ignored) + " to ignore one"
            : "";
    return Error::failure("input '" + input.name + "': the " + what +
                          " of batch row " + std::to_string(i / perRow) +
                          " is " + std::to_string(value) + "; valid " + what +
                          "s are 0 to " + std::to_string(input.classes - 1) +
                          besides);
  }
  return Error::success();
}

} // namespace auxact::runtime
