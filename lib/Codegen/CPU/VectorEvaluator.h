//===- VectorEvaluator.h - Vectors from and to memory -----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The evaluator of CPU kernels: masks where a vector is not full, bits as bytes
// of a vector.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_CPU_VECTOREVALUATOR_H
#define AUXACT_LIB_CODEGEN_CPU_VECTOREVALUATOR_H

#include "KernelFrame.h"
#include "auxact/Codegen/Kernel/Evaluator.h"

namespace mlir::auxact::cpu {

using namespace codegen;

class VectorEvaluator : public Evaluator {
public:
  explicit VectorEvaluator(KernelFrame &frame) : Evaluator(frame) {}

  /// A constant that is true for the first `active` lanes.
  Value mask(int64_t width, int64_t active);

protected:
  Value loadVector(Value buffer, const Position &position) override;
  void storeVector(Value elements, Value buffer,
                   const Position &position) override;
  Value loadBitVector(Value bytes, const Position &position,
                      IntegerType element) override;
  void storeBits(Value bits, const KernelResult &result,
                 const Position &position) override;
  bool hasMasks() const override { return true; }
  Value loadMasked(Value buffer, const Position &position, Value mask) override;
};

} // namespace mlir::auxact::cpu

#endif // AUXACT_LIB_CODEGEN_CPU_VECTOREVALUATOR_H
