//===- LowerElementwise.cpp - Elementwise kernels -------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Kernels without contraction and reduction: every result element is evaluated
// where it lies, in flat chunks or row by row.
//
//===----------------------------------------------------------------------===//

#include "KernelFrame.h"
#include "Strategy.h"
#include "VectorEvaluator.h"
#include "auxact/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_LOWERELEMENTWISE
#include "auxact/Codegen/CPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact::cpu;

namespace {

/// Results of one shape, which share loops.
using Group = SmallVector<KernelResult>;

class ElementwiseEmitter {
public:
  ElementwiseEmitter(func::FuncOp kernel, const KernelForm &form,
                     int64_t vectorBits)
      : frame(kernel), evaluator(frame), form(form), width(vectorBits / 32) {}

  LogicalResult emit() {
    llvm::MapVector<ArrayRef<int64_t>, Group> groups;
    for (const KernelResult &result : form.results) {
      evaluator.prepareScalars(result.tensor);
      groups[result.getShape()].push_back(result);
    }
    int64_t tasks = 0;
    SmallVector<std::pair<int64_t, int64_t>> ranges;
    for (auto &[shape, group] : groups) {
      ranges.emplace_back(tasks, tasks + tasksOf(shape, group));
      tasks = ranges.back().second;
    }
    for (auto [entry, range] : llvm::zip(groups, ranges)) {
      auto &[shape, group] = entry;
      auto emitTask = [&, from = range.first, shape = shape, &group = group] {
        VectorEvaluator::Scope scope(evaluator);
        Value task = frame.builder().createOrFold<arith::SubIOp>(
            frame.task(), frame.constant(from));
        emitGroup(shape, group, task);
      };
      if (groups.size() == 1)
        emitTask();
      else
        frame.branch(isWithin(range), emitTask);
    }
    if (evaluator.failed())
      return failure();
    frame.finish(tasks);
    return success();
  }

private:
  Value isWithin(std::pair<int64_t, int64_t> range) {
    auto &b = frame.builder();
    Value from =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sge, frame.task(),
                              frame.constant(range.first));
    Value to = frame.less(frame.task(), frame.constant(range.second));
    return arith::AndIOp::create(b, from, to);
  }

  /// Whether every tensor read has the shape of the result or rank 0, and
  /// nothing depends on where an element is.
  static bool isFlat(ArrayRef<int64_t> shape, const Group &group) {
    if (shape.empty())
      return false;
    for (const KernelResult &result : group)
      if (result.packed || dependsOn(result.tensor, [](Operation *op) {
            auto generic = dyn_cast<linalg::LinalgOp>(op);
            if (isUnpackBits(op) || readsElsewhere(op))
              return true;
            if (!generic || isa<linalg::FillOp>(op))
              return false;
            bool flat = generic.getBlock()->getOps<linalg::IndexOp>().empty();
            for (AffineMap map : generic.getIndexingMapsArray())
              flat &= map.isIdentity() || map.getNumResults() == 0;
            return !flat;
          }))
        return false;
    return true;
  }

  /// (rows, columns) that the loops run over.
  static std::pair<int64_t, int64_t> extents(ArrayRef<int64_t> shape,
                                             const Group &group) {
    if (shape.empty())
      return {1, 1};
    int64_t elements = ShapedType::getNumElements(shape);
    if (isFlat(shape, group))
      return {1, elements};
    return {elements / shape.back(), shape.back()};
  }

  int64_t tasksOf(ArrayRef<int64_t> shape, const Group &group) {
    auto [rows, columns] = extents(shape, group);
    Chunks chunks = chunkElementwise(rows, columns);
    return chunks.rowTasks * chunks.columnTasks;
  }

  void emitGroup(ArrayRef<int64_t> shape, const Group &group, Value task) {
    if (shape.empty()) {
      for (const KernelResult &result : group)
        evaluator.store(result, Position());
      return;
    }
    bool flat = isFlat(shape, group);
    auto [rows, columns] = extents(shape, group);
    Chunks chunks = chunkElementwise(rows, columns);
    evaluator.setFlat(flat);
    Value rowTask = frame.divide(task, chunks.columnTasks);
    Value columnTask = frame.remainder(task, chunks.columnTasks);
    Value firstRow = frame.mul(rowTask, chunks.rows);
    Value lastRow = frame.minimum(frame.add(firstRow, chunks.rows), rows);
    Value firstColumn = frame.mul(columnTask, chunks.columns);
    auto emitRow = [&, columns = columns](Position position) {
      VectorEvaluator::Scope scope(evaluator);
      position.indices.push_back({});
      position.lane = position.indices.size() - 1;
      emitColumns(group, position, firstColumn, columns, chunks.columns);
    };
    if (flat)
      frame.loop(firstRow, lastRow, 1, [&](Value) { emitRow(Position()); });
    else
      forEachRow(shape, firstRow, lastRow, emitRow);
    evaluator.setFlat(false);
  }

  /// Calls `body` with the leading indices of the rows [first, last). Only the
  /// one before the last dimension counts from row to row; the others are found
  /// by division where it starts again.
  void forEachRow(ArrayRef<int64_t> shape, Value first, Value last,
                  llvm::function_ref<void(Position)> body) {
    if (shape.size() < 3) {
      frame.loop(first, last, 1, [&](Value row) {
        Position position;
        if (shape.size() == 2)
          position.indices.push_back({row});
        body(position);
      });
      return;
    }
    auto &b = frame.builder();
    int64_t inner = shape[shape.size() - 2];
    Value from = frame.divide(first, inner);
    Value to = frame.divide(frame.add(last, inner - 1), inner);
    frame.loop(from, to, 1, [&](Value outer) {
      VectorEvaluator::Scope scope(evaluator);
      Value base = frame.mul(outer, inner);
      Value start = b.createOrFold<arith::SubIOp>(
          b.createOrFold<arith::MaxUIOp>(first, base), base);
      Value end = b.createOrFold<arith::SubIOp>(
          b.createOrFold<arith::MinUIOp>(last, frame.add(base, inner)), base);
      Position leading;
      leading.indices = rowIndices(shape.drop_back(), outer);
      frame.loop(start, end, 1, [&](Value row) {
        Position position = leading;
        position.indices.push_back({row});
        body(position);
      });
    });
  }

  /// The leading indices of row number `row`.
  SmallVector<Index, 3> rowIndices(ArrayRef<int64_t> shape, Value row) {
    SmallVector<Index, 3> indices(shape.size() - 1);
    for (int i = static_cast<int>(shape.size()) - 2; i >= 0; --i) {
      indices[i].base = i == 0 ? row : frame.remainder(row, shape[i]);
      row = frame.divide(row, shape[i]);
    }
    return indices;
  }

  /// Columns [first, first + chunk) below `columns`: several vectors at a time,
  /// then one, then the masked rest, which only the last chunk has.
  void emitColumns(const Group &group, Position position, Value first,
                   int64_t columns, int64_t chunk) {
    Value last = frame.minimum(frame.add(first, chunk), columns);
    constexpr int64_t unroll = 4;
    auto vectors = [&](Value from, Value to, int64_t count) {
      frame.loop(from, to, count * width, [&](Value column) {
        VectorEvaluator::Scope scope(evaluator);
        for (int64_t i = 0; i < count; ++i)
          storeAt(group, position, {column, i * width}, width);
      });
    };
    // Chunks are multiples of all vectors, so only the end has a remainder.
    auto roundedDown = [&](int64_t step) {
      return frame.minimum(last, columns / step * step);
    };
    Value wide = roundedDown(unroll * width), narrow = roundedDown(width);
    vectors(first, wide, unroll);
    if (columns % (unroll * width) >= width) {
      Value from = frame.builder().createOrFold<arith::MaxUIOp>(first, wide);
      vectors(from, narrow, 1);
    }
    if (int64_t rest = columns % width) {
      auto tail = [&] {
        VectorEvaluator::Scope scope(evaluator);
        storeAt(group, position, {Value(), columns - rest}, rest);
      };
      if (chunk >= columns)
        tail();
      else
        frame.branch(
            frame.builder().createOrFold<arith::CmpIOp>(
                arith::CmpIPredicate::eq, last, frame.constant(columns)),
            tail);
    }
  }

  void storeAt(const Group &group, Position position, Index column,
               int64_t active) {
    position.indices.back() = column;
    position.width = width;
    position.active = active;
    // All is read before anything is written: a result may overwrite an
    // argument that another result reads at the same place.
    for (const KernelResult &result : group)
      evaluator.at(result.tensor, position);
    for (const KernelResult &result : group)
      evaluator.store(result, position);
  }

  KernelFrame frame;
  VectorEvaluator evaluator;
  const KernelForm &form;
  int64_t width;
};

struct LowerElementwise
    : public auxact::impl::LowerElementwiseBase<LowerElementwise> {
  using LowerElementwiseBase::LowerElementwiseBase;

  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!isTensorKernel(kernel))
        continue;
      auto form = analyzeKernel(kernel);
      if (failed(form))
        return signalPassFailure();
      if (form->kind == KernelKind::Elementwise &&
          failed(ElementwiseEmitter(kernel, *form, vectorBits).emit()))
        return signalPassFailure();
    }
  }
};

} // namespace
