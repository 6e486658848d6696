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
    forEachKVector(block, [&](Value k, int64_t active) {
      Position position =
          positionIn(c.a, Index{row}, Index{frame.add(block.from, k)}, active);
      Value elements = packedElements(c.a.tensor, position,
                                      storeResults ? ArrayRef(resultsOfA)
                                                   : ArrayRef<KernelResult>());
      vector::StoreOp::create(b, elements, packedA, ValueRange{localRow, k});
    });
  });
}

/// A is (k, m): as many elements of a row as a tile is high lie together.
void ContractionEmitter::packColumnsOfA(const KBlock &block,
                                        bool storeResults) {
  int64_t pieces = s.width / s.tileRows, wholeUnits = c.m / rowUnit,
          rest = c.m % rowUnit;
  auto unit = [&](Value k, Value unit, int64_t active) {
    VectorEvaluator::Scope scope(evaluator);
    Position position = positionIn(c.a, Index{frame.add(block.from, k)},
                                   Index{frame.mul(unit, rowUnit)}, active);
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
    frame.loop(units.from, frame.minimum(units.to, wholeUnits), 1,
               [&](Value index) { unit(k, index, s.width); });
    if (rest != 0)
      frame.branch(frame.less(frame.constant(wholeUnits), units.to),
                   [&] { unit(k, frame.constant(wholeUnits), rest); });
  });
}

//===----------------------------------------------------------------------===//
// B
//===----------------------------------------------------------------------===//

/// B is (k, n): pieces of rows are copied.
void ContractionEmitter::packB(const KBlock &block, const Panel &panel,
                               bool storeResults) {
  frame.loop(frame.constant(0), block.count, 1, [&](Value k) {
    VectorEvaluator::Scope scope(evaluator);
    Value row = frame.add(block.from, k);
    for (int64_t j = 0; j < panel.vectors(s.width); ++j) {
      Position position =
          positionIn(c.b, Index{row}, Index{panel.start, j * s.width},
                     std::min(s.width, panel.columns - j * s.width));
      Value elements = packedElements(c.b.tensor, position,
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
      Position position =
          positionIn(c.b, Index{first, i}, Index{column}, active);
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
