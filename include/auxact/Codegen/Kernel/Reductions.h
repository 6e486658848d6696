//===- Reductions.h - What a kernel with reductions combines ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What the code generators' reductions share: levels, where results are made,
// and combining.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_KERNEL_REDUCTIONS_H
#define AUXACT_CODEGEN_KERNEL_REDUCTIONS_H

#include "auxact/Codegen/Kernel/Evaluator.h"
#include "auxact/Codegen/Kernel/KernelForm.h"

namespace mlir::auxact::codegen {

/// One value that a loop accumulates.
struct Accumulated {
  const Reduction *reduction;
  unsigned number;
  ReducedValue value;
};

class Reductions {
public:
  Reductions(Frame &frame, Evaluator &evaluator, const KernelForm &form);

  /// Fills in the lists of results, or emits an error.
  LogicalResult sortResults();

  bool alongRows() const { return form.kind == KernelKind::RowReduction; }
  /// Whether the space has a loop before the reduced one, and one after it.
  bool hasOuter() const { return form.reductions[0].outerLoop >= 0; }
  bool hasInner() const { return form.reductions[0].innerLoop >= 0; }

  Value combine(Combiner combiner, Value lhs, Value rhs);
  /// What changes nothing: a scalar for width 1, else a vector.
  Value neutral(const Accumulated &item, int64_t width);
  SmallVector<Value> neutrals(ArrayRef<Accumulated> items, int64_t copies,
                              int64_t width);
  /// Combines the copies of `values`, a multiple of the items, into the first,
  /// pair by pair.
  void mergeCopies(ArrayRef<Accumulated> items, SmallVector<Value> &values);

  /// What `item` combines at `position` of the space.
  Value combinedAt(const Accumulated &item, const Position &position);
  /// Makes the reduced values known to what reads them, their initial values
  /// combined in.
  void bindReduced(ArrayRef<Accumulated> items, ValueRange values,
                   const Position &position);

  /// What is reduced at once: the levels build on each other.
  SmallVector<SmallVector<Accumulated>> levels;
  /// Results over the whole space, known before and after all reductions; and
  /// those of the reduced shape.
  SmallVector<KernelResult> fullBefore, fullAfter, reducedResults;

private:
  Frame &frame;
  ImplicitLocOpBuilder &b;
  Evaluator &evaluator;
  const KernelForm &form;
};

} // namespace mlir::auxact::codegen

#endif // AUXACT_CODEGEN_KERNEL_REDUCTIONS_H
