//===- GpuReductionEmitter.cpp - One kernel with reductions ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Which grids there are, and what each does.
//
//===----------------------------------------------------------------------===//

#include "GpuReductionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::auxact::device {

using codegen::Evaluator;
using codegen::KernelForm;
using codegen::KernelResult;
using codegen::Position;

GpuReductionEmitter::GpuReductionEmitter(func::FuncOp kernel,
                                         const KernelForm &form)
    : frame(kernel), b(frame.builder()), evaluator(frame),
      r(frame, evaluator, form), form(form),
      s(ReductionStrategy::choose(form)) {}

LogicalResult GpuReductionEmitter::emit() {
  if (failed(checkResults()))
    return failure();
  if (s.splits == 1)
    emitWhole();
  else
    emitSplit();
  if (evaluator.failed())
    return failure();
  frame.finish();
  return success();
}

LogicalResult GpuReductionEmitter::checkResults() {
  if (failed(r.sortResults()))
    return failure();
  for (const KernelResult &result : r.reducedResults)
    if (result.packed)
      return frame.getSource().emitError("result ")
             << result.number
             << " packs bits of reduced values; do it in a kernel of its own";
  return success();
}

void GpuReductionEmitter::startGrid(int64_t splits) {
  frame.startGrid({s.blocks(), splits, 1}, s.threads());
  evaluator.reset();
  unrolledSteps.clear();
  sharedOffset = 0;
  for (const KernelResult &result : form.results)
    evaluator.prepareScalars(result.tensor);

  bool rows = r.alongRows();
  member = rows ? frame.remainder(frame.thread(), s.members)
                : frame.divide(frame.thread(), s.teams);
  team = rows ? frame.divide(frame.thread(), s.members)
              : frame.remainder(frame.thread(), s.teams);
  sum = frame.add(frame.mul(frame.block(), s.teams), team);
  teamExists = Value();
  if (s.sums % s.teams != 0) {
    // Threads without a sum do another one's work, for the barriers.
    teamExists = frame.less(sum, frame.constant(s.sums));
    sum = frame.minimum(sum, s.sums - 1);
  }
  reduced = Position();
  sumIndices.clear();
  if (rows) {
    if (r.hasOuter())
      sumIndices.push_back({sum});
  } else {
    // Vectors of columns, within those of each index before the reduced loop.
    Value column = sum;
    if (r.hasOuter()) {
      sumIndices.push_back({frame.divide(sum, s.teamsPerRow)});
      column = frame.remainder(sum, s.teamsPerRow);
    }
    int64_t vectors = form.innerExtent / s.width;
    if (vectors != s.teamsPerRow) {
      Value exists = frame.less(column, frame.constant(vectors));
      teamExists = teamExists
                       ? b.createOrFold<arith::AndIOp>(teamExists, exists)
                       : exists;
      column = frame.minimum(column, vectors - 1);
    }
    sumIndices.push_back({frame.mul(column, s.width)});
  }
  reduced.indices.append(sumIndices.begin(), sumIndices.end());
  if (!rows && s.width > 1) {
    reduced.lane = reduced.indices.size() - 1;
    reduced.width = reduced.active = s.width;
  }

  if (splits == 1) {
    from = frame.constant(0);
    to = frame.constant(s.steps);
  } else {
    from = frame.mul(frame.block(1), s.splitSteps);
    to = frame.minimum(frame.add(from, s.splitSteps), s.steps);
  }
}

/// One grid: each level's sums are known to all threads of their team.
void GpuReductionEmitter::emitWhole() {
  startGrid(1);
  for (auto [level, items] : llvm::enumerate(r.levels)) {
    Results passing = level == 0 ? Results(r.fullBefore) : Results();
    SmallVector<Value> sums = reduceTeam(items, reduceSteps(items, passing));
    r.bindReduced(items, sums, reduced);
  }
  if (!r.fullAfter.empty())
    reduceSteps({}, r.fullAfter);
  storeReduced(isFirstMember());
}

/// A grid a level leaves partial sums; each grid adds up those of the levels
/// before it, in the same order.
void GpuReductionEmitter::emitSplit() {
  for (Items items : r.levels) {
    partials.emplace_back();
    for (const codegen::Accumulated &item : items)
      partials.back().push_back(frame.reserveWorkspace(
          s.splits * s.sums * sumWidth() *
          item.value.combined.getType().getIntOrFloatBitWidth() / 8));
  }
  auto bindLevels = [&](size_t count) {
    for (size_t level = 0; level < count; ++level) {
      Items items = r.levels[level];
      r.bindReduced(items, reduceTeam(items, loadPartials(level, items)),
                    reduced);
    }
  };
  for (auto [level, items] : llvm::enumerate(r.levels)) {
    startGrid(s.splits);
    bindLevels(level);
    Results passing = level == 0 ? Results(r.fullBefore) : Results();
    storePartials(level, items, reduceTeam(items, reduceSteps(items, passing)));
  }
  startGrid(r.fullAfter.empty() ? 1 : s.splits);
  bindLevels(r.levels.size());
  Value guard = isFirstMember();
  if (!r.fullAfter.empty()) {
    reduceSteps({}, r.fullAfter);
    Value isFirstSplit = b.createOrFold<arith::CmpIOp>(
        arith::CmpIPredicate::eq, frame.block(1), frame.constant(0));
    guard = arith::AndIOp::create(b, guard, isFirstSplit);
  }
  storeReduced(guard);
}

Value GpuReductionEmitter::isFirstMember() {
  Value isFirst = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq,
                                                member, frame.constant(0));
  if (teamExists)
    isFirst = arith::AndIOp::create(b, isFirst, teamExists);
  return isFirst;
}

void GpuReductionEmitter::storeReduced(Value guard) {
  if (r.reducedResults.empty())
    return;
  frame.branch(guard, [&] {
    Evaluator::Scope scope(evaluator);
    for (const KernelResult &result : r.reducedResults)
      evaluator.at(result.tensor, reduced);
    for (const KernelResult &result : r.reducedResults)
      evaluator.store(result, reduced);
  });
}

} // namespace mlir::auxact::device
