//===- ElementTypes.h - Element types that the runtime knows ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Element types that the runtime knows.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_PROGRAM_ELEMENTTYPES_H
#define AUXACT_LIB_PROGRAM_ELEMENTTYPES_H

#include "auxact/Runtime/DType.h"

#include "mlir/IR/Types.h"

#include <optional>

namespace mlir::auxact {

inline std::optional<::auxact::runtime::DType> getDType(Type type) {
  using ::auxact::runtime::DType;
  if (type.isF32())
    return DType::f32;
  if (type.isBF16())
    return DType::bf16;
  if (type.isF64())
    return DType::f64;
  if (type.isInteger(8))
    return DType::i8;
  if (type.isInteger(32))
    return DType::i32;
  if (type.isInteger(64))
    return DType::i64;
  return std::nullopt;
}

} // namespace mlir::auxact

#endif // AUXACT_LIB_PROGRAM_ELEMENTTYPES_H
