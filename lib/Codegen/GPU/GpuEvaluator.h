//===- GpuEvaluator.h - A thread's elements from and to memory --*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The evaluator of GPU kernels: a position is what one thread computes.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_GPUEVALUATOR_H
#define AUXACT_LIB_CODEGEN_GPU_GPUEVALUATOR_H

#include "GpuFrame.h"
#include "auxact/Codegen/Kernel/Evaluator.h"

namespace mlir::auxact::device {

/// Vectors start at multiples of their width along the lane, so that one access
/// of up to 16 bytes does where rows are multiples of it too; where they are
/// not, and for vectors that are not full, elements go one by one.
class GpuEvaluator : public codegen::Evaluator {
public:
  explicit GpuEvaluator(GpuFrame &frame) : Evaluator(frame), gpuFrame(frame) {}

  /// The bits of a word, lane 0's in its lowest ones: `elements` are an integer
  /// of 1, 2 or 4 bits, or a vector of a power of two of them, and as many
  /// lanes that follow each other as fill a word make one, which all of them
  /// get. All lanes of the warp take part.
  Value packAcrossLanes(Value elements);

  /// `packAcrossLanes`, stored by the first lane of each word for which
  /// `guard` holds (null: always). Elements beyond the row must be zero, and
  /// the lanes must cover rows up to multiples of 32 elements: so the padding
  /// is zero.
  void storePackedBits(Value bits, const codegen::KernelResult &result,
                       const codegen::Position &position, Value guard);

protected:
  Value loadVector(Value buffer, const codegen::Position &position) override;
  void storeVector(Value elements, Value buffer,
                   const codegen::Position &position) override;
  Value loadBitVector(Value bytes, const codegen::Position &position,
                      IntegerType element) override;
  /// `storePackedBits` without a guard.
  void storeBits(Value bits, const codegen::KernelResult &result,
                 const codegen::Position &position) override;

private:
  GpuFrame &gpuFrame;
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_GPUEVALUATOR_H
