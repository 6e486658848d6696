//===- LowerReduction.cpp - Kernels with reductions -----------------------===//
//
// Reductions along rows (lanes along the row, several accumulators) and along
// columns (lanes across columns), with elementwise work before and after.
//
//===----------------------------------------------------------------------===//

#include "KernelForm.h"
#include "KernelFrame.h"
#include "Strategy.h"
#include "VectorEvaluator.h"
#include "auxact/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

namespace mlir::auxact {
#define GEN_PASS_DEF_LOWERREDUCTION
#include "auxact/Codegen/CPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact::cpu;

namespace {

/// One value that a loop accumulates.
struct Accumulated {
  const Reduction *reduction;
  unsigned number;
  ReducedValue value;
};

class ReductionEmitter {
public:
  ReductionEmitter(func::FuncOp kernel, const KernelForm &form,
                   int64_t vectorBits)
      : frame(kernel), b(frame.builder()), evaluator(frame), form(form),
        width(vectorBits / 32) {
    for (const Reduction &reduction : form.reductions) {
      levels.resize(std::max<size_t>(levels.size(), reduction.level + 1));
      for (auto [number, value] : llvm::enumerate(reduction.values))
        levels[reduction.level].push_back(
            {&reduction, static_cast<unsigned>(number), value});
    }
  }

  LogicalResult emit() {
    if (failed(sortResults()))
      return failure();
    for (const KernelResult &result : form.results)
      evaluator.prepareScalars(result.tensor);
    bool alongRows = form.kind == KernelKind::RowReduction;
    Chunks chunks =
        alongRows ? chunkRowReduction(form.parallelExtent, form.reductionExtent)
                  : chunkColumnReduction(form.reductionExtent,
                                         form.parallelExtent, width);
    if (alongRows)
      emitRows(chunks);
    else
      emitColumns(chunks);
    if (evaluator.failed())
      return failure();
    frame.finish(chunks.rowTasks * chunks.columnTasks);
    return success();
  }

private:
  /// Results over the whole space go where the loops pass them; reduced ones
  /// are stored once everything is summed.
  LogicalResult sortResults() {
    int64_t space[2] = {form.parallelExtent, form.reductionExtent};
    if (form.kind == KernelKind::ColumnReduction)
      std::swap(space[0], space[1]);
    bool hasParallel = form.reductions[0].parallelLoop >= 0;
    for (const KernelResult &result : form.results) {
      ArrayRef<int64_t> shape = result.getShape();
      bool full = hasParallel ? shape == ArrayRef<int64_t>(space, 2)
                              : shape == ArrayRef<int64_t>(space + 1, 1);
      bool reduced =
          hasParallel ? shape == ArrayRef(form.parallelExtent) : shape.empty();
      // A vector of results as long as the space is full if nothing reduced it.
      if (full && !(reduced && result.afterReduction))
        (result.afterReduction ? fullAfter : fullBefore).push_back(result);
      else if (reduced)
        reducedResults.push_back(result);
      else
        return frame.getSource().emitError("result ")
               << result.number
               << " of the kernel has neither the shape of its reductions' "
                  "space "
               << "nor of what is left of it; compute it in a kernel of its "
                  "own";
    }
    return success();
  }

  //===--------------------------------------------------------------------===//
  // Combining
  //===--------------------------------------------------------------------===//

  Value combine(Combiner combiner, Value lhs, Value rhs) {
    switch (combiner) {
    case Combiner::Add:
      return arith::AddFOp::create(b, lhs, rhs);
    case Combiner::Maximum:
      return arith::MaximumFOp::create(b, lhs, rhs);
    case Combiner::Minimum:
      return arith::MinimumFOp::create(b, lhs, rhs);
    }
    llvm_unreachable("all combiners are handled");
  }

  Value neutral(const Accumulated &item) {
    Type element = item.value.combined.getType();
    double value = 0;
    if (item.value.combiner != Combiner::Add)
      value = std::numeric_limits<double>::infinity() *
              (item.value.combiner == Combiner::Maximum ? -1 : 1);
    auto type = VectorType::get({width}, element);
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(
               type, cast<Attribute>(b.getFloatAttr(element, value))));
  }

  /// Halves a vector until one element is left: few roundings, and any number
  /// of tasks gives the same ones.
  Value horizontal(Combiner combiner, Value vector) {
    for (int64_t n = width; n > 1; n /= 2) {
      SmallVector<int64_t> low, high;
      for (int64_t i = 0; i < n / 2; ++i) {
        low.push_back(i);
        high.push_back(i + n / 2);
      }
      Value lhs = vector::ShuffleOp::create(b, vector, vector, low);
      Value rhs = vector::ShuffleOp::create(b, vector, vector, high);
      vector = combine(combiner, lhs, rhs);
    }
    return vector::ExtractOp::create(b, vector, 0);
  }

  SmallVector<Value> neutrals(ArrayRef<Accumulated> items, int64_t copies) {
    SmallVector<Value> values;
    for (int64_t i = 0; i < copies; ++i)
      for (const Accumulated &item : items)
        values.push_back(neutral(item));
    return values;
  }

  /// Adds the elements at `position` of the space to `accumulators` and stores
  /// the results that pass by.
  void accumulate(ArrayRef<Accumulated> items, ArrayRef<KernelResult> passing,
                  const Position &position,
                  MutableArrayRef<Value> accumulators) {
    for (const KernelResult &result : passing)
      evaluator.at(result.tensor, position);
    for (auto [item, accumulator] : llvm::zip(items, accumulators)) {
      Value value = evaluator.inBody(item.reduction->op, item.value.combined,
                                     loopsOf(*item.reduction, position));
      value = evaluator.splat(value, width);
      if (position.active != width && form.kind == KernelKind::RowReduction)
        value = arith::SelectOp::create(
            b, evaluator.mask(width, position.active), value, neutral(item));
      accumulator = combine(item.value.combiner, accumulator, value);
    }
    for (const KernelResult &result : passing)
      evaluator.store(result, position);
  }

  /// The reduction's own loops at a position of the space.
  Position loopsOf(const Reduction &reduction, const Position &position) {
    Position loops = position;
    if (reduction.parallelLoop < 0)
      return loops;
    bool alongRows = form.kind == KernelKind::RowReduction;
    loops.indices[reduction.parallelLoop] = position.indices[alongRows ? 0 : 1];
    loops.indices[reduction.reductionLoop] =
        position.indices[alongRows ? 1 : 0];
    loops.lane = alongRows ? reduction.reductionLoop : reduction.parallelLoop;
    return loops;
  }

  /// Makes the reduced values known to what reads them.
  void bindReduced(ArrayRef<Accumulated> items, ValueRange values,
                   const Position &position) {
    for (auto [item, value] : llvm::zip(items, values)) {
      linalg::LinalgOp op = item.reduction->op;
      Value init = op.getDpsInits()[item.number];
      Value first = evaluator.at(init, position);
      if (isa<VectorType>(value.getType()))
        first = evaluator.splat(first, width);
      evaluator.bind(op->getResult(item.number), position,
                     combine(item.value.combiner, value, first));
    }
  }

  //===--------------------------------------------------------------------===//
  // Along rows
  //===--------------------------------------------------------------------===//

  void emitRows(const Chunks &chunks) {
    Value first = frame.mul(frame.task(), chunks.rows);
    Value last =
        frame.minimum(frame.add(first, chunks.rows), form.parallelExtent);
    frame.loop(first, last, 1, [&](Value row) {
      VectorEvaluator::Scope scope(evaluator);
      Position reduced;
      if (form.reductions[0].parallelLoop >= 0)
        reduced.indices.push_back({row});
      for (auto [level, items] : llvm::enumerate(levels)) {
        SmallVector<Value> sums = reduceRow(
            items, level == 0 ? ArrayRef(fullBefore) : ArrayRef<KernelResult>(),
            reduced);
        bindReduced(items, sums, reduced);
      }
      if (!fullAfter.empty())
        reduceRow({}, fullAfter, reduced);
      for (const KernelResult &result : reducedResults)
        evaluator.at(result.tensor, reduced);
      for (const KernelResult &result : reducedResults)
        evaluator.store(result, reduced);
    });
  }

  /// One loop over the row `reduced`; returns one scalar for each item.
  SmallVector<Value> reduceRow(ArrayRef<Accumulated> items,
                               ArrayRef<KernelResult> passing,
                               const Position &reduced) {
    int64_t columns = form.reductionExtent;
    int64_t copies = columns >= 8 * width ? 4 : columns >= 2 * width ? 2 : 1;
    SmallVector<Value> accumulators = neutrals(items, copies);
    auto step = [&](Index column, int64_t active, MutableArrayRef<Value> into) {
      Position position = reduced;
      position.indices.push_back(column);
      position.lane = position.indices.size() - 1;
      position.width = width;
      position.active = active;
      accumulate(items, passing, position, into);
    };
    int64_t wide = columns / (copies * width) * (copies * width);
    accumulators = frame.loop(
        frame.constant(0), frame.constant(wide), copies * width, accumulators,
        [&](Value column, ValueRange carried) {
          VectorEvaluator::Scope scope(evaluator);
          SmallVector<Value> next(carried);
          for (int64_t i = 0; i < copies; ++i)
            step({column, i * width}, width,
                 MutableArrayRef(next).slice(i * items.size(), items.size()));
          return next;
        });
    // What is left, at most `copies` vectors, each into its own accumulator.
    VectorEvaluator::Scope scope(evaluator);
    for (int64_t i = 0; wide + i * width < columns; ++i)
      step({Value(), wide + i * width},
           std::min(width, columns - wide - i * width),
           MutableArrayRef(accumulators).slice(i * items.size(), items.size()));
    SmallVector<Value> sums;
    for (auto [number, item] : llvm::enumerate(items)) {
      for (int64_t distance = 1; distance < copies; distance *= 2)
        for (int64_t i = 0; i + distance < copies; i += 2 * distance) {
          Value &sum = accumulators[i * items.size() + number];
          sum = combine(item.value.combiner, sum,
                        accumulators[(i + distance) * items.size() + number]);
        }
      sums.push_back(horizontal(item.value.combiner, accumulators[number]));
    }
    return sums;
  }

  //===--------------------------------------------------------------------===//
  // Along columns
  //===--------------------------------------------------------------------===//

  void emitColumns(const Chunks &chunks) {
    int64_t columns = form.parallelExtent;
    int64_t fullTasks = columns / chunks.columns,
            rest = columns % chunks.columns;
    Value first = frame.mul(frame.task(), chunks.columns);
    auto block = [&](Value start, int64_t count) {
      VectorEvaluator::Scope scope(evaluator);
      emitColumnBlock(start, count);
    };
    if (rest == 0)
      return block(first, chunks.columns);
    Value isFull = frame.less(frame.task(), frame.constant(fullTasks));
    if (fullTasks == 0)
      return block(frame.constant(0), rest);
    frame.branch(
        isFull, [&] { block(first, chunks.columns); },
        [&] { block(frame.constant(fullTasks * chunks.columns), rest); });
  }

  /// All rows of the columns [start, start + count).
  void emitColumnBlock(Value start, int64_t count) {
    auto position = [&](std::optional<Index> row, int64_t offset) {
      Position result;
      if (row)
        result.indices.push_back(*row);
      result.indices.push_back({start, offset});
      result.lane = result.indices.size() - 1;
      result.width = width;
      result.active = std::min(width, count - offset);
      return result;
    };
    for (auto [level, items] : llvm::enumerate(levels)) {
      SmallVector<Value> sums = reduceColumns(
          items, level == 0 ? ArrayRef(fullBefore) : ArrayRef<KernelResult>(),
          count, position);
      for (int64_t offset = 0, i = 0; offset < count; offset += width, ++i)
        bindReduced(items, ArrayRef(sums).slice(i * items.size(), items.size()),
                    position(std::nullopt, offset));
    }
    if (!fullAfter.empty())
      reduceColumns({}, fullAfter, count, position);
    for (int64_t offset = 0; offset < count; offset += width) {
      for (const KernelResult &result : reducedResults)
        evaluator.at(result.tensor, position(std::nullopt, offset));
      for (const KernelResult &result : reducedResults)
        evaluator.store(result, position(std::nullopt, offset));
    }
  }

  using MakePosition =
      llvm::function_ref<Position(std::optional<Index> row, int64_t offset)>;

  /// Sums of `segment` rows are added to sums of segments: the error grows with
  /// their number, not with that of the rows. One value for each vector of
  /// columns and item, the items of a vector together.
  SmallVector<Value> reduceColumns(ArrayRef<Accumulated> items,
                                   ArrayRef<KernelResult> passing,
                                   int64_t count, MakePosition position) {
    constexpr int64_t segment = 64;
    int64_t rows = form.reductionExtent,
            vectors = llvm::divideCeil(count, width);
    // Few columns: several rows at once, or each addition waits for the last.
    int64_t copies = std::min<int64_t>(std::max<int64_t>(1, 4 / vectors), rows);
    SmallVector<Value> zero = neutrals(items, vectors);
    auto segmentOf = [&](Value from, Value to, int64_t step) {
      SmallVector<Value> start = neutrals(items, vectors * step);
      SmallVector<Value> sums =
          frame.loop(from, to, step, start, [&](Value row, ValueRange carried) {
            VectorEvaluator::Scope scope(evaluator);
            SmallVector<Value> next(carried);
            for (int64_t i = 0; i < step * vectors; ++i)
              accumulate(
                  items, passing,
                  position(Index{row, i / vectors}, i % vectors * width),
                  MutableArrayRef(next).slice(i * items.size(), items.size()));
            return next;
          });
      size_t size = vectors * items.size();
      for (int64_t i = 1; i < step; ++i)
        for (size_t j = 0; j < size; ++j)
          sums[j] = combine(items[j % items.size()].value.combiner, sums[j],
                            sums[i * size + j]);
      sums.truncate(size);
      return sums;
    };
    auto addAll = [&](SmallVector<Value> totals, ArrayRef<Value> sums) {
      for (size_t j = 0; j < totals.size(); ++j)
        totals[j] =
            combine(items[j % items.size()].value.combiner, totals[j], sums[j]);
      return totals;
    };
    int64_t whole = rows / copies * copies;
    SmallVector<Value> totals = frame.loop(
        frame.constant(0), frame.constant(whole), segment, zero,
        [&](Value from, ValueRange carried) {
          Value to = frame.minimum(frame.add(from, segment), whole);
          return addAll(llvm::to_vector(carried), segmentOf(from, to, copies));
        });
    if (whole < rows)
      totals = addAll(
          totals, segmentOf(frame.constant(whole), frame.constant(rows), 1));
    return totals;
  }

  KernelFrame frame;
  ImplicitLocOpBuilder &b;
  VectorEvaluator evaluator;
  const KernelForm &form;
  int64_t width;
  SmallVector<SmallVector<Accumulated>> levels;
  SmallVector<KernelResult> fullBefore, fullAfter, reducedResults;
};

struct LowerReduction
    : public auxact::impl::LowerReductionBase<LowerReduction> {
  using LowerReductionBase::LowerReductionBase;

  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!isTensorKernel(kernel))
        continue;
      auto form = analyzeKernel(kernel);
      if (failed(form))
        return signalPassFailure();
      bool reduces = form->kind == KernelKind::RowReduction ||
                     form->kind == KernelKind::ColumnReduction;
      if (reduces && failed(ReductionEmitter(kernel, *form, vectorBits).emit()))
        return signalPassFailure();
    }
  }
};

} // namespace
