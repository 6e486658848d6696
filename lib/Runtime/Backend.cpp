//===- Backend.cpp - What all backends do alike ---------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Backend.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace auxact::runtime {

static void fillArray(const StateSpec &state, char *block) {
  int64_t count = countElements(state.shape);
  auto fill = [&](auto value) {
    auto *data = reinterpret_cast<decltype(value) *>(block + state.offset);
    std::fill(data, data + count, value);
  };
  switch (state.dtype) {
  case DType::f32:
    return fill(static_cast<float>(state.fill));
  case DType::bf16:
    return fill(toBFloat16(static_cast<float>(state.fill)));
  case DType::f64:
    return fill(static_cast<double>(state.fill));
  case DType::i32:
    return fill(static_cast<int32_t>(state.fill));
  case DType::i64:
    return fill(static_cast<int64_t>(state.fill));
  case DType::i8:
    return fill(static_cast<int8_t>(state.fill));
  }
}

void fillState(const ProgramSpec &spec, char *block) {
  for (const StateSpec &state : spec.state)
    fillArray(state, block);
}

void writeScalar(DType dtype, double value, char *to) {
  auto write = [&](auto converted) {
    std::memcpy(to, &converted, sizeof(converted));
  };
  switch (dtype) {
  case DType::f32:
    return write(static_cast<float>(value));
  case DType::bf16:
    return write(toBFloat16(static_cast<float>(value)));
  case DType::f64:
    return write(value);
  case DType::i32:
    return write(static_cast<int32_t>(value));
  case DType::i64:
    return write(static_cast<int64_t>(value));
  case DType::i8:
    return write(static_cast<int8_t>(value));
  }
}

Error checkLossValue(const EntrySpec &entry, float loss, int64_t step,
                     const char *whatOfTheState) {
  if (std::isfinite(loss))
    return Error::success();
  return Error::failure(std::string("the loss is ") +
                        (std::isnan(loss) ? "NaN"
                         : loss > 0       ? "infinite"
                                          : "minus infinity") +
                        " at step " + std::to_string(step) + " (entry '" +
                        entry.name + "')" + whatOfTheState);
}

} // namespace auxact::runtime
