//===- ElementwiseSpace.h - Vectors of an elementwise kernel ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// How the elements of a shape are numbered and dealt to threads.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_ELEMENTWISESPACE_H
#define AUXACT_LIB_CODEGEN_GPU_ELEMENTWISESPACE_H

#include "GpuFrame.h"
#include "auxact/Codegen/Kernel/Evaluator.h"
#include "auxact/Codegen/Kernel/KernelForm.h"

namespace mlir::auxact::device {

/// Vectors are numbered row by row; thread t of a block has those numbered
/// t, t + threads, … of the block's.
struct ElementwiseSpace {
  static constexpr int64_t threads = 256;

  SmallVector<int64_t> shape;
  /// Every operand has this shape or rank 0: positions are flat offsets.
  bool flat = false;
  /// Rows of `columns` elements, numbered as if they had `paddedColumns`: where
  /// bits are packed, each row starts a word.
  int64_t rows = 1, columns = 1, paddedColumns = 1;
  /// Elements of a vector, and vectors of a thread.
  int64_t width = 1, perThread = 1;
  /// Elements at the end of a flat space that fill no vector.
  int64_t rest = 0;

  static ElementwiseSpace choose(ArrayRef<int64_t> shape,
                                 ArrayRef<codegen::KernelResult> results);

  int64_t vectors() const { return rows * (paddedColumns / width); }
  int64_t perBlock() const { return threads * perThread; }
  int64_t blocks() const;
  bool isPadded() const { return paddedColumns != columns - rest; }

  /// Where vector number `vector` lies.
  codegen::Position positionOfVector(codegen::Frame &frame, Value vector) const;
  /// Where element number `number` of the rest lies.
  codegen::Position positionOfRest(codegen::Frame &frame, Value number) const;
};

/// Bytes of the widest element among the tensors that are read and written for
/// `results`, those of rank 0 left out; and how many tensors those are.
struct ElementwiseTraffic {
  int64_t elementBytes = 1, tensors = 0;
  static ElementwiseTraffic of(ArrayRef<codegen::KernelResult> results);
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_ELEMENTWISESPACE_H
