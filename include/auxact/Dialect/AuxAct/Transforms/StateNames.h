//===- StateNames.h - State that belongs to a parameter ---------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What follows a parameter's name in the names of its state, where more than
// one place has to know it.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_STATENAMES_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_STATENAMES_H

#include "llvm/ADT/StringRef.h"

namespace mlir::auxact {

/// Its running average; starts from the parameter's own first value.
inline constexpr llvm::StringLiteral averageSuffix = ".ema";

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_STATENAMES_H
