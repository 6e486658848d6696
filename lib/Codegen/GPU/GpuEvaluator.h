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

  /// The bits of a word, lane 0's in its lowest ones: `bits` is an i1, or a
  /// vector of 2, 4, 8 or 16 of them, and 32 / width lanes that follow each
  /// other make a word, which all of them get. All lanes of the warp take part.
  Value packAcrossLanes(Value bits);

  /// `packAcrossLanes`, stored by the first lane of each word for which
  /// `guard` holds (null: always). Elements beyond the row must be false, and
  /// the lanes must cover rows up to multiples of 32: so the padding is zero.
  void storePackedBits(Value bits, const codegen::KernelResult &result,
                       const codegen::Position &position, Value guard);

protected:
  Value loadVector(Value buffer, const codegen::Position &position) override;
  void storeVector(Value elements, Value buffer,
                   const codegen::Position &position) override;
  Value loadBitVector(Value bytes, const codegen::Position &position) override;
  /// `storePackedBits` without a guard.
  void storeBits(Value bits, const codegen::KernelResult &result,
                 const codegen::Position &position) override;

private:
  GpuFrame &gpuFrame;
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_GPUEVALUATOR_H
