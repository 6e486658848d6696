//===- Transpose.h - Transposition in registers -----------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A square of vectors transposed by shuffles, each of which is one instruction
// on AVX2 and AVX-512.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_CPU_TRANSPOSE_H
#define AUXACT_LIB_CODEGEN_CPU_TRANSPOSE_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::auxact::cpu {

/// `rows` are 8 vectors of 8 or 16 of 16 elements; returns the columns.
SmallVector<Value> transposeSquare(ImplicitLocOpBuilder &b,
                                   ArrayRef<Value> rows);

} // namespace mlir::auxact::cpu

#endif // AUXACT_LIB_CODEGEN_CPU_TRANSPOSE_H
