//===- ElementLoop.h - All elements of a part of a matrix -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Warps walk over rows, their lanes side by side over columns, several turns at
// once: first all are computed, then all are stored, so that loads of several
// turns are under way together.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_ELEMENTLOOP_H
#define AUXACT_LIB_CODEGEN_GPU_ELEMENTLOOP_H

#include "GpuEvaluator.h"

namespace mlir::auxact::device {

/// Elements of one thread in one turn.
struct ElementPlace {
  /// Where in the matrix. Outside of it: where something is, to be computed
  /// from and not stored.
  codegen::Position position;
  /// Where in the part, inside of the matrix or not.
  Value localRow, localColumn;
  /// Whether it is inside; null if it always is.
  Value valid;
};

struct ElementLoop {
  /// The part's size, and where it starts; null: at 0.
  int64_t rows, columns;
  Value rowOrigin, columnOrigin;
  /// The matrix' size; `rank` 1 for a vector, which is one row, and 3 for
  /// matrices of `matrixRows` rows that follow each other.
  int64_t rowBound, columnBound;
  int rank = 2;
  int64_t matrixRows = 0;
  /// The matrix in a tensor of rank 3 that the part lies in, instead; rows are
  /// those of this matrix.
  Value batch;
  /// Elements of a thread in a row; divides `columnBound`.
  int64_t width;
  /// Whether a word of bits needs all its lanes.
  bool packs = false;
  /// Number of this warp among all that share the work.
  Value worker;
  int64_t workers;
  /// Turns at once.
  int64_t unroll;

  /// Warps that would have one turn each.
  int64_t turns() const;
  int64_t lanesPerRow() const;

  using Body = llvm::function_ref<void(const ElementPlace &)>;
  void emit(GpuFrame &frame, codegen::Evaluator &evaluator, Body compute,
            Body store) const;

private:
  ElementPlace locate(GpuFrame &frame, Value turn) const;
};

/// The widest access of up to 16 bytes of f32 to rows of `columns`.
int64_t elementWidth(int64_t columns);

/// Computes and stores `results` in all places; `bind` says before what is
/// known there.
void emitResults(GpuFrame &frame, GpuEvaluator &evaluator,
                 const ElementLoop &loop,
                 ArrayRef<codegen::KernelResult> results,
                 ElementLoop::Body bind);

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_ELEMENTLOOP_H
