//===- ContractionPacking.cpp - Packing the factors of a contraction ------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Prologues are evaluated here: whatever a factor is computed from is read and
// computed once per task, and results of the prologue are stored by one task.
//
//===----------------------------------------------------------------------===//

#include "ContractionEmitter.h"
#include "Transpose.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact::cpu {

/// In float32, whatever the tensor holds.
Value ContractionEmitter::packedElements(Value tensor, const Position &position,
                                         ArrayRef<KernelResult> results) {
  Value elements = evaluator.vectorAt(tensor, position);
  for (const KernelResult &result : results)
    evaluator.at(result.tensor, position);
  for (const KernelResult &result : results)
    evaluator.store(result, position);
  auto type = cast<VectorType>(elements.getType());
  if (type.getElementType().isBF16())
    return arith::ExtFOp::create(b, type.clone(b.getF32Type()), elements);
  return elements;
}

void ContractionEmitter::forEachKVector(
    const KBlock &block, llvm::function_ref<void(Value, int64_t)> body) {
  int64_t rest = c.k % s.width;
  Value whole = block.count;
  if (rest != 0)
    whole = frame.mul(frame.divide(block.count, s.width), s.width);
  frame.loop(frame.constant(0), whole, s.width, [&](Value k) {
    VectorEvaluator::Scope scope(evaluator);
    body(k, s.width);
  });
  if (rest != 0)
    frame.branch(block.endsK, [&] {
      VectorEvaluator::Scope scope(evaluator);
      body(whole, rest);
    });
}

void ContractionEmitter::forEachKDigit(
    const KBlock &block, llvm::function_ref<void(Value, Value, int64_t)> body) {
  ArrayRef<int64_t> periods = s.kPeriods;
  SmallVector<Digit> digits;
  // Calls `body` within the digit below the ones that are known.
  auto descend = [&](Value start, auto &&descend) -> void {
    int64_t level = periods.size() - digits.size();
    VectorEvaluator::Scope scope(evaluator);
    if (level > 0) {
      int64_t period = periods[level - 1], extent = periods[level] / period;
      frame.loop(0, extent, 1, [&](Value value) {
        digits.push_back({value, period, extent});
        descend(frame.add(start, frame.mul(value, period)), descend);
        digits.pop_back();
      });
      return;
    }
    int64_t extent = periods.front(), rest = extent % s.width;
    auto vector = [&](Value value, int64_t active) {
      VectorEvaluator::Scope vectorScope(evaluator);
      digits.push_back({value, 1, extent, s.width});
      Value inK = frame.add(start, value);
      evaluator.setDigits(inK, digits);
      body(b.createOrFold<arith::SubIOp>(inK, block.from), inK, active);
      digits.pop_back();
    };
    frame.loop(0, extent - rest, s.width,
               [&](Value value) { vector(value, s.width); });
    if (rest != 0)
      vector(frame.constant(extent - rest), rest);
  };
  int64_t period = periods.back();
  Value from = frame.divide(block.from, period);
  Value to = frame.divide(frame.add(block.from, block.count), period);
  frame.loop(from, to, 1, [&](Value value) {
    digits.push_back({value, period, c.k / period});
    descend(frame.mul(value, period), descend);
    digits.pop_back();
  });
}

void ContractionEmitter::findDigits(const ContractionOperand &operand,
                                    unsigned dim, Value index,
                                    int64_t divisor) {
  unsigned number = operand.batched + dim;
  SmallVector<int64_t> periods = findPeriods(operand.tensor, number);
  // A vector must not go from one period to the next.
  if (periods.empty() || (divisor > 0 && periods.front() % s.width != 0))
    return;
  int64_t extent =
      cast<RankedTensorType>(operand.tensor.getType()).getDimSize(number);
  evaluator.setDigits(index, emitDigits(frame, index, extent, periods,
                                        std::max<int64_t>(divisor, 1)));
}

//===----------------------------------------------------------------------===//
// A
//===----------------------------------------------------------------------===//

void ContractionEmitter::packA(const KBlock &block) {
  packOnce(c.a, columnPart, resultsOfA, [&](bool storeResults) {
    if (c.a.contractedFirst)
      packColumnsOfA(block, storeResults);
    else
      packRowsOfA(block, storeResults);
  });
}

/// A is (m, k): rows are copied.
void ContractionEmitter::packRowsOfA(const KBlock &block, bool storeResults) {
  Value firstRow = frame.mul(units.from, rowUnit);
  Value lastRow = frame.minimum(frame.mul(units.to, rowUnit), c.m);
  frame.loop(firstRow, lastRow, 1, [&](Value row) {
    VectorEvaluator::Scope scope(evaluator);
    Value localRow = b.createOrFold<arith::SubIOp>(row, firstRow);
    findDigits(c.a, 0, row, /*divisor=*/0);
    auto pack = [&](Value k, Value inK, int64_t active) {
      Position position = placeIn(c.a, Index{row}, Index{inK}, active);
      position.aligned =
          s.kPeriods.empty() || s.kPeriods.front() % s.width == 0;
      Value elements = packedElements(c.a.tensor, position,
                                      storeResults ? ArrayRef(resultsOfA)
                                                   : ArrayRef<KernelResult>());
      // What is beyond the vector's elements is overwritten by the next one.
      vector::StoreOp::create(b, elements, packedA, ValueRange{localRow, k});
    };
    if (!s.kPeriods.empty())
      return forEachKDigit(block, pack);
    forEachKVector(block, [&](Value k, int64_t active) {
      pack(k, frame.add(block.from, k), active);
    });
  });
}

/// A is (k, m): as many elements of a row as a tile is high lie together.
void ContractionEmitter::packColumnsOfA(const KBlock &block,
                                        bool storeResults) {
  int64_t pieces = s.width / s.tileRows, wholeUnits = c.m / rowUnit,
          rest = c.m % rowUnit;
  auto unit = [&](Value k, Value inK, Value unit, int64_t active) {
    VectorEvaluator::Scope scope(evaluator);
    Value row = frame.mul(unit, rowUnit);
    findDigits(c.a, 1, row, s.width);
    Position position = placeIn(c.a, Index{inK}, Index{row}, active);
    Value elements = packedElements(c.a.tensor, position,
                                    storeResults ? ArrayRef(resultsOfA)
                                                 : ArrayRef<KernelResult>());
    Value tile =
        frame.mul(b.createOrFold<arith::SubIOp>(unit, units.from), pieces);
    for (int64_t piece = 0; piece < pieces; ++piece) {
      SmallVector<int64_t> lanes;
      for (int64_t i = 0; i < s.tileRows; ++i)
        lanes.push_back(piece * s.tileRows + i);
      Value part = vector::ShuffleOp::create(b, elements, elements, lanes);
      vector::StoreOp::create(
          b, part, packedA,
          ValueRange{frame.add(tile, piece), k, frame.constant(0)});
    }
  };
  frame.loop(frame.constant(0), block.count, 1, [&](Value k) {
    VectorEvaluator::Scope scope(evaluator);
    Value inK = frame.add(block.from, k);
    findDigits(c.a, 0, inK, /*divisor=*/0);
    frame.loop(units.from, frame.minimum(units.to, wholeUnits), 1,
               [&](Value index) { unit(k, inK, index, s.width); });
    if (rest != 0)
      frame.branch(frame.less(frame.constant(wholeUnits), units.to),
                   [&] { unit(k, inK, frame.constant(wholeUnits), rest); });
  });
}

//===----------------------------------------------------------------------===//
// B
//===----------------------------------------------------------------------===//

SmallVector<Value> ContractionEmitter::columnsOf(const Panel &panel) {
  SmallVector<Value> columns;
  for (int64_t j = 0; j < panel.vectors(s.width); ++j) {
    columns.push_back(frame.add(panel.start, j * s.width));
    findDigits(c.b, 1, columns.back(), s.width);
  }
  return columns;
}

Value ContractionEmitter::elementsOfB(const Panel &panel,
                                      ArrayRef<Value> columns, Value inK,
                                      int64_t j,
                                      ArrayRef<KernelResult> results) {
  Position position = placeIn(c.b, Index{inK}, Index{columns[j]},
                              std::min(s.width, panel.columns - j * s.width));
  return packedElements(c.b.tensor, position, results);
}

/// B is (k, n): pieces of rows are copied.
void ContractionEmitter::packB(const KBlock &block, const Panel &panel,
                               bool storeResults) {
  SmallVector<Value> columns = columnsOf(panel);
  frame.loop(frame.constant(0), block.count, 1, [&](Value k) {
    VectorEvaluator::Scope scope(evaluator);
    Value inK = frame.add(block.from, k);
    findDigits(c.b, 0, inK, /*divisor=*/0);
    for (int64_t j = 0; j < panel.vectors(s.width); ++j) {
      Value elements = elementsOfB(panel, columns, inK, j,
                                   storeResults ? ArrayRef(resultsOfB)
                                                : ArrayRef<KernelResult>());
      vector::StoreOp::create(
          b, elements, packedB,
          ValueRange{panel.slot, k, frame.constant(j * s.width)});
    }
  });
}

/// B is (n, k): squares are transposed in registers.
void ContractionEmitter::packTransposedB(const KBlock &block,
                                         const Panel &panel,
                                         bool storeResults) {
  ArrayRef<KernelResult> results;
  if (storeResults)
    results = resultsOfB;
  // Columns [offset, offset + count) of the panel, the rest of the vector zero.
  auto square = [&](Value offset, int64_t count, Value k, int64_t active) {
    VectorEvaluator::Scope scope(evaluator);
    Value first = frame.add(panel.start, offset);
    Value column = frame.add(block.from, k);
    auto type = VectorType::get({s.width}, b.getF32Type());
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
    SmallVector<Value> rows(s.width, zero);
    for (int64_t i = 0; i < count; ++i) {
      Position position = placeIn(c.b, Index{first, i}, Index{column}, active);
      rows[i] = packedElements(c.b.tensor, position, results);
    }
    SmallVector<Value> columns = transposeSquare(b, rows);
    for (int64_t i = 0; i < active; ++i)
      vector::StoreOp::create(b, columns[i], packedB,
                              ValueRange{panel.slot, frame.add(k, i), offset});
  };
  int64_t rest = panel.columns % s.width;
  forEachKVector(block, [&](Value k, int64_t active) {
    frame.loop(0, panel.columns - rest, s.width,
               [&](Value offset) { square(offset, s.width, k, active); });
    if (rest != 0)
      square(frame.constant(panel.columns - rest), rest, k, active);
  });
}

} // namespace mlir::auxact::cpu
