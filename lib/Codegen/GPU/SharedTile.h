//===- SharedTile.h - Tiles of factors in shared memory ---------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A tile lies in shared memory as its factor does in global memory, so that 16
// bytes that follow each other there follow each other here. Which 16 bytes of
// a row lie where depends on the row, so that threads that read down a column
// hit all banks.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_SHAREDTILE_H
#define AUXACT_LIB_CODEGEN_GPU_SHAREDTILE_H

#include "GpuFrame.h"

namespace mlir::auxact::device {

/// How the 16-byte chunks of a row are permuted.
enum class Swizzle {
  None,
  /// Eight rows that follow each other have the same chunk in eight places:
  /// for ldmatrix, and for threads that each read 16 bytes of their own row.
  DownRows,
  /// Four rows that follow each other have two chunks that follow each other in
  /// eight places: for threads that each read 4 bytes, 8 of each of 4 rows.
  FourRows
};

class SharedTile {
public:
  SharedTile() = default;
  /// `stages` tiles of `rows` x `columns`, from `offset` bytes in the block's
  /// shared memory.
  SharedTile(GpuFrame &frame, int64_t offset, int64_t stages, int64_t rows,
             int64_t columns, Type element, Swizzle swizzle);

  static int64_t bytes(int64_t stages, int64_t rows, int64_t columns,
                       Type element);

  /// The memory, one-dimensional.
  Value memory() const { return view; }
  Type element() const { return type; }
  int64_t rows() const { return rowCount; }
  int64_t columns() const { return columnCount; }
  int64_t chunkElements() const { return perChunk; }

  /// Where a stage starts.
  Value stage(Value number);
  /// The column at which `chunk` (16 bytes) of a row lies.
  Value swizzled(Value row, Value chunk);
  /// Where an element of a stage lies.
  Value at(Value stage, Value row, Value column);

private:
  Value permutation(Value row);

  GpuFrame *frame = nullptr;
  Value view;
  Type type;
  int64_t rowCount = 0, columnCount = 0, perChunk = 0;
  Swizzle swizzle = Swizzle::None;
};

/// `lhs ^ rhs` of indices.
Value exclusiveOr(GpuFrame &frame, Value lhs, Value rhs);

/// The lesser of two indices.
Value lesser(GpuFrame &frame, Value lhs, Value rhs);

/// Elements that follow each other, at a multiple of their number: a vector, or
/// one element.
Value loadShared(GpuFrame &frame, Type type, Value memory, Value place);
void storeShared(GpuFrame &frame, Value elements, Value memory, Value place);

/// Four bytes as an i32.
Value loadSharedWord(GpuFrame &frame, Value bytes, Value place);

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_SHAREDTILE_H
