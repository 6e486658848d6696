//===- ContractionEmitter.cpp - Loops over the blocks of a contraction ----===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// For each block of K: pack the task's rows of A if need be, then for each
// panel of columns pack B and run all register tiles down the rows while the
// panel is in cache. A batch is a loop around that: of products of their own,
// or of more blocks of K where it is summed.
//
//===----------------------------------------------------------------------===//

#include "ContractionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::cpu {

ContractionEmitter::ContractionEmitter(func::FuncOp kernel,
                                       const KernelForm &form,
                                       int64_t vectorBits)
    : frame(kernel), b(frame.builder()), evaluator(frame), form(form),
      c(form.contraction), vectorBits(vectorBits) {}

/// What `tensor` is computed from, scalars aside.
static SmallPtrSet<Value, 8> sourcesOf(Value tensor) {
  SmallPtrSet<Value, 8> sources;
  SmallVector<Value> open{tensor};
  while (!open.empty()) {
    Value value = open.pop_back_val();
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || type.getRank() < 2 || !sources.insert(value).second)
      continue;
    if (Operation *def = value.getDefiningOp())
      llvm::append_range(open, def->getOperands());
  }
  // Empty tensors are shared without meaning anything.
  SmallPtrSet<Value, 8> result;
  for (Value value : sources)
    if (auto *def = value.getDefiningOp(); !def || def->getNumOperands() > 0)
      result.insert(value);
  return result;
}

static bool sharesSource(Value lhs, Value rhs) {
  SmallPtrSet<Value, 8> sources = sourcesOf(rhs);
  return llvm::any_of(sourcesOf(lhs),
                      [&](Value value) { return sources.contains(value); });
}

/// Results that do not need the sum are stored while a factor is packed, best
/// while the one that is made of the same tensors is.
LogicalResult ContractionEmitter::sortResults() {
  auto shapeOf = [](Value tensor) {
    return cast<RankedTensorType>(tensor.getType()).getShape();
  };
  auto sum = shapeOf(c.op->getResult(0));
  for (const KernelResult &result : form.results) {
    bool likeSum = result.getShape() == sum;
    bool likeA = result.getShape() == shapeOf(c.a.tensor);
    bool likeB = result.getShape() == shapeOf(c.b.tensor);
    if (!result.afterReduction && likeA &&
        sharesSource(result.tensor, c.a.tensor))
      resultsOfA.push_back(result);
    else if (!result.afterReduction && likeB &&
             sharesSource(result.tensor, c.b.tensor))
      resultsOfB.push_back(result);
    else if (likeSum)
      epilogue.push_back(result);
    else if (!result.afterReduction && (likeA || likeB))
      (likeA ? resultsOfA : resultsOfB).push_back(result);
    else
      return frame.getSource().emitError("result ")
             << result.number
             << " of the kernel has the shape neither of its contraction nor "
                "of "
             << "one of its factors; compute it in a kernel of its own";
  }
  return success();
}

ContractionEmitter::Range
ContractionEmitter::taskRange(Value part, int64_t parts, int64_t total) {
  if (parts == 1)
    return {frame.constant(0), frame.constant(total)};
  return {frame.divide(frame.mul(part, total), parts),
          frame.divide(frame.mul(frame.add(part, 1), total), parts)};
}

void ContractionEmitter::allocate() {
  Type f32 = b.getF32Type();
  int64_t maxRows =
      llvm::divideCeil(llvm::divideCeil(c.m, rowUnit), s.rowTasks) * rowUnit;
  int64_t maxColumns =
      llvm::divideCeil(llvm::divideCeil(c.n, s.tileColumns()), s.columnTasks) *
      s.tileColumns();
  int64_t slots = s.packA ? maxColumns / s.tileColumns() : 1;
  int64_t blockRows = std::min(maxRows, s.rowBlock);
  if (s.packB)
    packedB = frame.allocate({slots, s.kBlock, s.tileColumns()}, f32);
  // Padding keeps rows and panels out of each other's cache sets.
  if (s.packA && c.a.contractedFirst)
    packedA =
        frame.allocate({blockRows / s.tileRows, s.kBlock + 8, s.tileRows}, f32);
  else if (s.packA)
    packedA = frame.allocate(
        {blockRows, int64_t(llvm::alignTo(s.kBlock, s.width)) + 16}, f32);
  if (kBlocks == 1)
    return;
  // Partial sums go where the sum itself is stored, if it is.
  for (const KernelResult &result : epilogue)
    if (!partial && !result.packed && result.tensor == c.op->getResult(0)) {
      partial = frame.result(result.number);
      partialIsResult = true;
    }
  if (!partial)
    partial = frame.allocate({maxRows, maxColumns}, f32);
}

LogicalResult ContractionEmitter::emit() {
  if (failed(sortResults()))
    return failure();
  for (const KernelResult &result : form.results)
    evaluator.prepareScalars(result.tensor);
  ContractionTraits traits;
  traits.aTransposed = c.a.contractedFirst;
  traits.bTransposed = !c.b.contractedFirst;
  traits.aComputed = !isa<BlockArgument>(c.a.tensor) || !resultsOfA.empty();
  traits.aBFloat16 =
      cast<RankedTensorType>(c.a.tensor.getType()).getElementType().isBF16();
  traits.bSeen = c.b.contractedFirst && !isa<BlockArgument>(c.b.tensor) &&
                 resultsOfB.empty();
  if (!c.a.contractedFirst)
    traits.kPeriods = findPeriods(c.a.tensor, c.a.batched + 1);
  traits.hasEpilogue =
      epilogue.size() != 1 || epilogue[0].tensor != c.op->getResult(0);
  s = chooseContraction(c, traits, vectorBits);
  kBlocks = llvm::divideCeil(c.k, s.kBlock);
  if (c.batch == Contraction::ReducedBatch)
    kBlocks *= c.batches;
  rowUnit = std::max(s.tileRows, s.width);
  allocate();

  int64_t tasks = s.rowTasks * s.columnTasks;
  Value task = frame.remainder(frame.task(), tasks);
  rowPart = frame.divide(task, s.columnTasks);
  columnPart = frame.remainder(task, s.columnTasks);
  taskUnits = taskRange(rowPart, s.rowTasks, llvm::divideCeil(c.m, rowUnit));
  panels = taskRange(columnPart, s.columnTasks,
                     llvm::divideCeil(c.n, s.tileColumns()));
  Range batches{frame.constant(0), frame.constant(c.batches)};
  if (c.batch == Contraction::ParallelBatch) {
    batches =
        taskRange(frame.divide(frame.task(), tasks), s.batchTasks, c.batches);
    tasks *= s.batchTasks;
  }
  if (c.batch == Contraction::NoBatch)
    emitBatchElement();
  else
    frame.loop(batches.from, batches.to, 1, [&](Value element) {
      VectorEvaluator::Scope scope(evaluator);
      batch = element;
      emitBatchElement();
    });
  if (evaluator.failed())
    return failure();
  frame.finish(tasks);
  return success();
}

void ContractionEmitter::emitBatchElement() {
  auto equals = [&](Value value, int64_t other) {
    return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, value,
                                         frame.constant(other));
  };
  int64_t lastFrom = (llvm::divideCeil(c.k, s.kBlock) - 1) * s.kBlock;
  frame.loop(0, c.k, s.kBlock, [&](Value from) {
    VectorEvaluator::Scope scope(evaluator);
    KBlock block;
    block.from = from;
    block.count = c.k % s.kBlock == 0
                      ? frame.constant(s.kBlock)
                      : frame.minimum(b.createOrFold<arith::SubIOp>(
                                          frame.constant(c.k), from),
                                      s.kBlock);
    block.isFirst = equals(from, 0);
    block.isLast = block.endsK = equals(from, lastFrom);
    if (c.batch == Contraction::ReducedBatch) {
      block.isFirst =
          b.createOrFold<arith::AndIOp>(block.isFirst, equals(batch, 0));
      block.isLast = b.createOrFold<arith::AndIOp>(
          block.isLast, equals(batch, c.batches - 1));
    }
    emitKBlock(block);
  });
}

Position ContractionEmitter::placeIn(const ContractionOperand &operand,
                                     Index first, Index second,
                                     int64_t active) {
  Position position;
  if (operand.batched)
    position.indices.push_back({batch});
  position.indices.append({first, second});
  position.lane = position.indices.size() - 1;
  position.width = s.width;
  position.active = active;
  return position;
}

SmallVector<Value>
ContractionEmitter::indicesIn(const ContractionOperand &operand, Value first,
                              Value second) {
  if (operand.batched)
    return {batch, first, second};
  return {first, second};
}

void ContractionEmitter::packOnce(const ContractionOperand &operand,
                                  Value otherPart,
                                  ArrayRef<KernelResult> results,
                                  llvm::function_ref<void(bool)> body) {
  auto packWith = [&](bool storeResults) {
    VectorEvaluator::Scope scope(evaluator);
    body(storeResults);
  };
  if (results.empty())
    return packWith(false);
  auto isZero = [&](Value value) {
    return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, value,
                                         frame.constant(0));
  };
  Value isFirst = isZero(otherPart);
  if (batch && !operand.batched)
    isFirst = b.createOrFold<arith::AndIOp>(isFirst, isZero(batch));
  frame.branch(isFirst, [&] { packWith(true); }, [&] { packWith(false); });
}

/// With A where it lies: each panel of B is packed and used at once, while it
/// is in the cache. With A packed: all panels first, then block after block of
/// rows, small enough to stay in the cache until all panels have met it.
void ContractionEmitter::emitKBlock(const KBlock &block) {
  units = taskUnits;
  if (!s.packA)
    return forEachPanel([&](const Panel &panel) {
      packPanel(block, panel);
      emitTiles(block, panel);
    });
  forEachPanel([&](const Panel &panel) { packPanel(block, panel); });
  int64_t step = s.rowBlock / rowUnit;
  frame.loop(taskUnits.from, taskUnits.to, step, [&](Value unit) {
    VectorEvaluator::Scope scope(evaluator);
    units = {unit, b.createOrFold<arith::MinUIOp>(frame.add(unit, step),
                                                  taskUnits.to)};
    packA(block);
    forEachPanel([&](const Panel &panel) { emitTiles(block, panel); });
  });
}

void ContractionEmitter::forEachPanel(
    llvm::function_ref<void(const Panel &)> body) {
  int64_t fullPanels = c.n / s.tileColumns(), rest = c.n % s.tileColumns();
  auto emit = [&](Value panel, int64_t columns) {
    VectorEvaluator::Scope scope(evaluator);
    Value slot = s.packA ? b.createOrFold<arith::SubIOp>(panel, panels.from)
                         : frame.constant(0);
    body({frame.mul(panel, s.tileColumns()), columns, slot});
  };
  frame.loop(panels.from, frame.minimum(panels.to, fullPanels), 1,
             [&](Value panel) { emit(panel, s.tileColumns()); });
  if (rest != 0)
    frame.branch(frame.less(frame.constant(fullPanels), panels.to),
                 [&] { emit(frame.constant(fullPanels), rest); });
}

void ContractionEmitter::packPanel(const KBlock &block, const Panel &panel) {
  if (!s.packB)
    return;
  packOnce(c.b, rowPart, resultsOfB, [&](bool storeResults) {
    if (c.b.contractedFirst)
      packB(block, panel, storeResults);
    else
      packTransposedB(block, panel, storeResults);
  });
}

/// All register tiles of the current rows, down one panel.
void ContractionEmitter::emitTiles(const KBlock &block, const Panel &panel) {
  Value firstRow = frame.mul(units.from, rowUnit);
  Value lastRow = frame.minimum(frame.mul(units.to, rowUnit), c.m);
  int64_t fullRows = c.m / s.tileRows * s.tileRows;
  auto tile = [&](Value row, int64_t rows) {
    VectorEvaluator::Scope scope(evaluator);
    emitTile(block, panel, row, b.createOrFold<arith::SubIOp>(row, firstRow),
             rows);
  };
  frame.loop(firstRow, frame.minimum(lastRow, fullRows), s.tileRows,
             [&](Value row) { tile(row, s.tileRows); });
  if (fullRows < c.m)
    frame.branch(frame.less(frame.constant(fullRows), lastRow),
                 [&] { tile(frame.constant(fullRows), c.m - fullRows); });
}

} // namespace mlir::auxact::cpu
