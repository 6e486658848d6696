//===- ReductionSteps.cpp - What one thread reduces -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A thread's steps lie as many apart as its team has members. Steps beyond the
// end read the last one again, which is discarded: so all lanes stay together
// and need no branch.
//
//===----------------------------------------------------------------------===//

#include "GpuReductionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::device {

using codegen::Accumulated;
using codegen::Evaluator;
using codegen::Index;
using codegen::KernelResult;
using codegen::Position;

/// The step that lies `offset` members' steps after the member's at `step`.
GpuReductionEmitter::Step
GpuReductionEmitter::stepAt(Value step, int64_t offset, bool mayBeBeyond) {
  Step result;
  Index index{frame.add(step, member), offset * s.members};
  if (mayBeBeyond) {
    Value number = evaluator.materialize(index);
    result.exists = frame.less(number, to);
    index = {frame.minimum(number, s.steps - 1)};
  }
  Position &position = result.position;
  if (r.alongRows() && s.width > 1)
    index = {frame.mul(index.base, s.width), index.offset * s.width};
  position.indices.append(sumIndices.begin(), sumIndices.end());
  position.indices.insert(position.indices.begin() + r.hasOuter(), index);
  if (s.width > 1) {
    position.lane = position.indices.size() - 1;
    position.width = position.active = s.width;
  }
  return result;
}

/// What the thread's steps combine to, a value for each item; `passing` are
/// stored on the way.
SmallVector<Value> GpuReductionEmitter::reduceSteps(Items items,
                                                    Results passing) {
  if (s.inRegisters)
    return reduceUnrolled(items, passing);
  int64_t round = s.members * s.unroll;
  Value count = frame.builder().createOrFold<arith::SubIOp>(to, from);
  Value rounds = frame.mul(frame.divide(count, round), round);
  Value wholeTo = frame.add(from, rounds);
  SmallVector<Value> sums =
      frame.loop(from, wholeTo, round, r.neutrals(items, s.unroll, s.width),
                 [&](Value step, ValueRange carried) {
                   Evaluator::Scope scope(evaluator);
                   SmallVector<Value> next(carried);
                   SmallVector<Step> steps;
                   for (int64_t i = 0; i < s.unroll; ++i) {
                     steps.push_back(stepAt(step, i, /*mayBeBeyond=*/false));
                     accumulate(items, passing, steps.back(),
                                MutableArrayRef(next).slice(i * items.size(),
                                                            items.size()));
                   }
                   for (const Step &done : steps)
                     storePassing(passing, done);
                   return next;
                 });
  r.mergeCopies(items, sums);
  return frame.loop(wholeTo, to, s.members, sums,
                    [&](Value step, ValueRange carried) {
                      Evaluator::Scope scope(evaluator);
                      SmallVector<Value> next(carried);
                      Step rest = stepAt(step, 0, /*mayBeBeyond=*/true);
                      accumulate(items, passing, rest, next);
                      storePassing(passing, rest);
                      return next;
                    });
}

/// The same without loops. The steps' positions are made once, so that the
/// evaluator finds what earlier levels have computed there.
SmallVector<Value> GpuReductionEmitter::reduceUnrolled(Items items,
                                                       Results passing) {
  int64_t count = llvm::divideCeil(s.steps, s.members);
  if (unrolledSteps.empty())
    for (int64_t i = 0; i < count; ++i)
      unrolledSteps.push_back(
          stepAt(from, i, /*mayBeBeyond=*/(i + 1) * s.members > s.steps));
  int64_t copies = std::min<int64_t>(count, 4);
  SmallVector<Value> sums = r.neutrals(items, copies, s.width);
  for (auto [i, step] : llvm::enumerate(unrolledSteps))
    accumulate(
        items, passing, step,
        MutableArrayRef(sums).slice(i % copies * items.size(), items.size()));
  for (const Step &step : unrolledSteps)
    storePassing(passing, step);
  r.mergeCopies(items, sums);
  return sums;
}

void GpuReductionEmitter::accumulate(Items items, Results passing,
                                     const Step &step,
                                     MutableArrayRef<Value> accumulators) {
  for (const KernelResult &result : passing)
    evaluator.at(result.tensor, step.position);
  for (auto [item, accumulator] : llvm::zip(items, accumulators)) {
    Value value = r.combinedAt(item, step.position);
    if (step.exists)
      value = arith::SelectOp::create(b, step.exists, value,
                                      r.neutral(item, s.width));
    accumulator = r.combine(item.value.combiner, accumulator, value);
  }
}

void GpuReductionEmitter::storePassing(Results passing, const Step &step) {
  if (passing.empty())
    return;
  Value guard = step.exists;
  if (teamExists)
    guard = guard ? arith::AndIOp::create(b, guard, teamExists).getResult()
                  : teamExists;
  auto store = [&] {
    Evaluator::Scope scope(evaluator);
    for (const KernelResult &result : passing)
      if (!result.packed)
        evaluator.store(result, step.position);
  };
  if (guard)
    frame.branch(guard, store);
  else
    store();
  for (const KernelResult &result : passing) {
    if (!result.packed)
      continue;
    Value bits = step.position.lane < 0
                     ? evaluator.at(result.tensor, step.position)
                     : evaluator.vectorAt(result.tensor, step.position);
    if (guard) {
      Value none = arith::ConstantOp::create(b, b.getZeroAttr(bits.getType()));
      bits = arith::SelectOp::create(b, guard, bits, none);
    }
    evaluator.storePackedBits(bits, result, step.position, guard);
  }
}

} // namespace mlir::auxact::device
