//===- Precision.h - Names of precisions ------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_PRECISION_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_PRECISION_H

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::auxact {

/// What a step computes in: strict float32; float32 with factors of
/// contractions that may be rounded to tf32 where there is hardware for it; or
/// float32 with bf16 contractions and saved values.
inline constexpr llvm::StringLiteral kPrecisions[] = {"float32", "tf32",
                                                      "bfloat16"};

/// On a contraction whose factors may be rounded to tf32: "tf32".
inline constexpr llvm::StringLiteral kPrecisionAttr = "auxact.precision";

inline bool isPrecision(llvm::StringRef name) {
  return llvm::is_contained(kPrecisions, name);
}

/// Why `name` is none.
inline std::string describeUnknownPrecision(llvm::StringRef name) {
  return "unknown precision '" + name.str() +
         "'; expected float32, tf32 or bfloat16";
}

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_PRECISION_H
