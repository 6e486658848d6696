//===- MmaFragments.h - Matrix fragments of a warp --------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Registers in the form that mma.sync wants them, from tiles in shared memory:
// by ldmatrix, element by element where it cannot transpose, and out of bits.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_MMAFRAGMENTS_H
#define AUXACT_LIB_CODEGEN_GPU_MMAFRAGMENTS_H

#include "OperandTile.h"

namespace mlir::auxact::device {

/// One step of 32 bytes (16 bf16, 8 tf32) of the contracted dimension.
///
/// Sixteen rows of the left factor are four registers: rows 0-7 and 8-15 of the
/// first 16 bytes, then of the second. Eight columns of the right one are two:
/// the first and the second 16 bytes.
class MmaFragments {
public:
  /// `origin` is where the warp's part of the tile starts, `extent` its size.
  MmaFragments(GpuFrame &frame, OperandTile &tile, bool isLeft, Value origin,
               int64_t extent, Value lane);

  using Registers = SmallVector<Value, 4>;
  /// The fragments along the factor's own dimension, each of 16 rows or 8
  /// columns.
  SmallVector<Registers> load(Value stage, int64_t step);

private:
  int64_t perFragment() const { return isLeft ? 16 : 8; }
  SmallVector<Registers> loadMatrices(Value base, int64_t step);
  SmallVector<Registers> loadElements(Value base, int64_t step);
  SmallVector<Registers> expandPairs(Value base, int64_t step);
  SmallVector<Registers> expandSingles(Value base, int64_t step);
  Value word(Value base, Value depth, int64_t group);
  Value rounded(Value bits);
  void prepareChoice();

  Value constant32(int64_t value);
  Value shiftLeft(Value value, int64_t bits);

  GpuFrame &frame;
  ImplicitLocOpBuilder &b;
  OperandTile &tile;
  bool isLeft, isTf32;
  Value origin, lane, row, quad; // lane / 4 and lane % 4
  int64_t extent;
  /// Bits: what is stored where the bit is set and clear, both halves of a
  /// register alike; and the two numbers' difference in bits.
  Value low, difference, position;
  bool onlySignDiffers = false;
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_MMAFRAGMENTS_H
