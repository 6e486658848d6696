//===- AttentionEmitter.cpp - Attention block by block --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Packing, blocks, register tiles and masks, for forward and backward.
//
//===----------------------------------------------------------------------===//

#include "AttentionEmitter.h"
#include "Transpose.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

namespace mlir::auxact::cpu {

AttentionEmitter::AttentionEmitter(func::FuncOp kernel,
                                   const AttentionShape &shape,
                                   int64_t vectorBits)
    : frame(kernel), b(frame.builder()), shape(shape),
      s(chooseAttention(shape, vectorBits)),
      vectorType(VectorType::get({s.width}, b.getF32Type())) {}

/// The task's (batch, head) pair, and how many of its keys may be seen.
void AttentionEmitter::beginTask(Value pair) {
  batch = frame.divide(pair, shape.heads);
  head = frame.remainder(pair, shape.heads);
  if (!mask || cast<MemRefType>(mask.getType()).getRank() != 1)
    return;
  Value length = memref::LoadOp::create(b, mask, batch);
  Value none = arith::ConstantIntOp::create(b, 0, 32);
  length = arith::MaxSIOp::create(b, length, none);
  keyCount = arith::IndexCastOp::create(b, b.getIndexType(), length);
}

//===----------------------------------------------------------------------===//
// Values and memory
//===----------------------------------------------------------------------===//

AttentionEmitter::Rows AttentionEmitter::headOf(Value buffer) {
  return {buffer, frame.mul(head, shape.headSize)};
}

Value AttentionEmitter::floatConstant(double value) {
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(vectorType, float(value)));
}

Value AttentionEmitter::splat(Value scalar) {
  return vector::BroadcastOp::create(
      b, VectorType::get({s.width}, scalar.getType()), scalar);
}

Value AttentionEmitter::loadVector(Value buffer, ValueRange at) {
  return vector::LoadOp::create(b, vectorType, buffer, at);
}

void AttentionEmitter::storeVector(Value vector, Value buffer, ValueRange at) {
  vector::StoreOp::create(b, vector, buffer, at);
}

static Value laneMask(ImplicitLocOpBuilder &b, int64_t width, int64_t active) {
  SmallVector<bool> bits(width);
  std::fill(bits.begin(), bits.begin() + active, true);
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(VectorType::get({width}, b.getI1Type()), bits));
}

/// The first `active` lanes in float32, whatever the buffer holds; the others
/// are zero.
Value AttentionEmitter::loadLanes(Value buffer, ValueRange at, int64_t active) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto type = vectorType.clone(element);
  Value loaded;
  if (active == s.width)
    loaded = vector::LoadOp::create(b, type, buffer, at);
  else
    loaded = vector::MaskedLoadOp::create(
        b, type, buffer, at, laneMask(b, s.width, active),
        arith::ConstantOp::create(b, b.getZeroAttr(type)));
  return element.isF32() ? loaded
                         : arith::ExtFOp::create(b, vectorType, loaded);
}

void AttentionEmitter::storeLanes(Value vector, Value buffer, ValueRange at,
                                  int64_t active) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  if (!element.isF32())
    vector = arith::TruncFOp::create(b, vectorType.clone(element), vector);
  // LLVM 22.1 makes of a truncation and a masked store of one lane a store of
  // that lane before the truncation, which overwrites its neighbour.
  if (active == 1)
    memref::StoreOp::create(b, vector::ExtractOp::create(b, vector, 0), buffer,
                            at);
  else if (active == s.width)
    vector::StoreOp::create(b, vector, buffer, at);
  else
    vector::MaskedStoreOp::create(b, buffer, at, laneMask(b, s.width, active),
                                  vector);
}

/// Features from `column` on of a row of a head; zero beyond the head.
Value AttentionEmitter::readVector(const Rows &rows, Value row,
                                   int64_t column) {
  return loadLanes(rows.buffer, {batch, row, frame.add(rows.column, column)},
                   std::min(s.width, shape.headSize - column));
}

void AttentionEmitter::writeVector(Value vector, const Rows &rows, Value row,
                                   int64_t column) {
  storeLanes(vector, rows.buffer, {batch, row, frame.add(rows.column, column)},
             std::min(s.width, shape.headSize - column));
}

/// Rows `first` to `first + count` to the workspace, padded to whole vectors.
void AttentionEmitter::pack(const Rows &from, Value first, Value count,
                            Value to, Value factor) {
  frame.loop(frame.constant(0), count, 1, [&](Value row) {
    for (int64_t column = 0; column < shape.headSize; column += s.width) {
      Value vector = readVector(from, frame.add(first, row), column);
      if (factor)
        vector = arith::MulFOp::create(b, vector, factor);
      storeVector(vector, to, {row, frame.constant(column)});
    }
  });
}

/// Lane i of row d of `to` is feature d of row i of the panel; lanes without a
/// query are zero.
void AttentionEmitter::packTransposed(Value packed, const Panel &panel,
                                      Value to) {
  auto square = [&](int64_t first, Value column, int64_t active) {
    SmallVector<Value> rows(s.width, zero());
    for (int64_t i = 0; i < std::min(s.width, panel.rows - first); ++i)
      rows[i] = loadVector(packed, {frame.constant(first + i), column});
    SmallVector<Value> columns = transposeSquare(b, rows);
    for (int64_t i = 0; i < active; ++i)
      storeVector(columns[i], to,
                  {frame.add(column, i), frame.constant(first)});
  };
  int64_t rest = shape.headSize % s.width, whole = shape.headSize - rest;
  for (int64_t first = 0; first < panel.rows; first += s.width) {
    frame.loop(0, whole, s.width,
               [&](Value column) { square(first, column, s.width); });
    if (rest != 0)
      square(first, frame.constant(whole), rest);
  }
}

void AttentionEmitter::clear(Value buffer, int64_t rows) {
  int64_t columns = cast<MemRefType>(buffer.getType()).getDimSize(1);
  frame.loop(0, rows, 1, [&](Value row) {
    for (int64_t column = 0; column < columns; column += s.width)
      storeVector(zero(), buffer, {row, frame.constant(column)});
  });
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

void AttentionEmitter::forEachPanel(
    Value from, Value to, llvm::function_ref<void(const Panel &)> body) {
  int64_t rows = s.panelRows(), whole = shape.queries / rows,
          rest = shape.queries % rows;
  frame.loop(from, frame.minimum(to, whole), 1, [&](Value panel) {
    body({frame.mul(panel, rows), rows, s.panelVectors});
  });
  if (rest != 0)
    frame.branch(frame.less(frame.constant(whole), to), [&] {
      body({frame.constant(whole * rows), rest,
            int64_t(llvm::divideCeil(rest, s.width))});
    });
}

/// Blocks of the keys that any query of the panel may see. A block ends at a
/// multiple of `keyUnit` or at the last key: the keys beyond what is seen are
/// masked like any other.
void AttentionEmitter::forEachKeyBlock(
    const Panel &panel, llvm::function_ref<void(const KeyBlock &)> body) {
  Value end = frame.constant(shape.keys);
  if (shape.causal)
    end = frame.minimum(frame.add(panel.start, panel.rows), shape.keys);
  if (keyCount)
    end = b.createOrFold<arith::MinUIOp>(end, keyCount);
  if (shape.causal || keyCount) {
    Value units = frame.divide(frame.add(end, s.keyUnit - 1), s.keyUnit);
    end = frame.minimum(frame.mul(units, s.keyUnit), shape.keys);
  }
  frame.loop(frame.constant(0), end, s.keyBlock, [&](Value from) {
    body({from,
          b.createOrFold<arith::MinUIOp>(frame.add(from, s.keyBlock), end)});
  });
}

void AttentionEmitter::forEachKeyTile(
    const KeyBlock &block, int64_t tile,
    llvm::function_ref<void(Value, int64_t)> body) {
  int64_t units = shape.keys / s.keyUnit * s.keyUnit;
  int64_t rest = (shape.keys - units) % tile, whole = shape.keys - rest;
  frame.loop(block.from, frame.minimum(block.to, whole), tile,
             [&](Value key) { body(key, tile); });
  if (rest != 0)
    frame.branch(frame.less(frame.constant(whole), block.to),
                 [&] { body(frame.constant(whole), rest); });
}

void AttentionEmitter::forEachRowTile(
    int64_t rows, int64_t vectors,
    llvm::function_ref<void(Value row, int64_t count)> body) {
  int64_t tile = s.tileRows(vectors), rest = rows % tile;
  frame.loop(0, rows - rest, tile, [&](Value row) { body(row, tile); });
  if (rest != 0)
    body(frame.constant(rows - rest), rest);
}

void AttentionEmitter::forEachColumnGroup(
    llvm::function_ref<void(int64_t first, int64_t vectors)> body) {
  int64_t vectors = llvm::divideCeil(shape.headSize, s.width);
  int64_t groups = llvm::divideCeil(vectors, s.groupVectors);
  for (int64_t group = 0, first = 0; group < groups; ++group) {
    int64_t count = llvm::divideCeil(vectors - first, groups - group);
    body(first * s.width, count);
    first += count;
  }
}

//===----------------------------------------------------------------------===//
// Register tiles
//===----------------------------------------------------------------------===//

void AttentionEmitter::multiply(Value from, Value to, int64_t rows,
                                int64_t vectors, MutableArrayRef<Value> sums,
                                Element a, Element rowOfB) {
  constexpr int64_t unroll = 4;
  auto steps = [&](Value first, Value last, int64_t step) {
    SmallVector<Value> results =
        frame.loop(first, last, step, ValueRange(ArrayRef<Value>(sums)),
                   [&](Value k, ValueRange carried) {
                     SmallVector<Value> next(carried);
                     for (int64_t u = 0; u < step; ++u) {
                       Value place = frame.add(k, u);
                       SmallVector<Value> bs;
                       for (int64_t j = 0; j < vectors; ++j)
                         bs.push_back(rowOfB(j, place));
                       for (int64_t i = 0; i < rows; ++i) {
                         Value element = splat(a(i, place));
                         for (int64_t j = 0; j < vectors; ++j) {
                           Value &sum = next[i * vectors + j];
                           sum = vector::FMAOp::create(b, element, bs[j], sum);
                         }
                       }
                     }
                     return next;
                   });
    llvm::copy(results, sums.begin());
  };
  Value count = b.createOrFold<arith::SubIOp>(to, from);
  Value whole = b.createOrFold<arith::AddIOp>(
      from, frame.mul(frame.divide(count, unroll), unroll));
  steps(from, whole, unroll);
  steps(whole, to, 1);
}

/// sums(row + i, first + j) = factor(row + i) * sums + sum over k < count of
/// a(i, k) * b(k, j).
void AttentionEmitter::accumulateTile(Value sums, Value row, int64_t rows,
                                      int64_t first, int64_t vectors,
                                      Value count, Element a, Element rowOfB,
                                      Value factors) {
  auto column = [&](int64_t j) { return frame.constant(first + j * s.width); };
  SmallVector<Value> tile;
  for (int64_t i = 0; i < rows; ++i) {
    Value place = frame.add(row, i), factor;
    if (factors)
      factor = splat(memref::LoadOp::create(b, factors, place));
    for (int64_t j = 0; j < vectors; ++j) {
      Value sum = loadVector(sums, {place, column(j)});
      if (factor)
        sum = arith::MulFOp::create(b, sum, factor);
      tile.push_back(sum);
    }
  }
  multiply(frame.constant(0), count, rows, vectors, tile, a, rowOfB);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < vectors; ++j)
      storeVector(tile[i * vectors + j], sums, {frame.add(row, i), column(j)});
}

SmallVector<Value> AttentionEmitter::multiplyKeys(Value keys, Value key,
                                                  int64_t rows, Value queries,
                                                  const Panel &panel) {
  SmallVector<Value> sums(rows * panel.vectors, zero());
  multiply(
      frame.constant(0), frame.constant(shape.headSize), rows, panel.vectors,
      sums,
      [&](int64_t i, Value k) {
        return memref::LoadOp::create(b, keys, ValueRange{frame.add(key, i), k})
            .getResult();
      },
      [&](int64_t j, Value k) {
        return loadVector(queries, {k, frame.constant(j * s.width)});
      });
  return sums;
}

void AttentionEmitter::maskScores(const Panel &panel, Value key, int64_t rows,
                                  MutableArrayRef<Value> scores) {
  if (!mask && !shape.causal)
    return;
  Value hidden = floatConstant(-std::numeric_limits<float>::infinity());
  Type i32 = b.getI32Type();
  SmallVector<Value> queries;
  if (shape.causal) {
    Value start = splat(arith::IndexCastOp::create(b, i32, panel.start));
    for (int64_t j = 0; j < panel.vectors; ++j) {
      SmallVector<int32_t> lanes;
      for (int64_t lane = 0; lane < s.width; ++lane)
        lanes.push_back(int32_t(j * s.width + lane));
      Value offsets = arith::ConstantOp::create(
          b, DenseElementsAttr::get(VectorType::get({s.width}, i32),
                                    ArrayRef(lanes)));
      queries.push_back(arith::AddIOp::create(b, start, offsets));
    }
  }
  for (int64_t i = 0; i < rows; ++i) {
    Value row = frame.add(key, i), seen;
    if (keyCount) {
      seen = frame.less(row, keyCount);
    } else if (mask) {
      Value entry = memref::LoadOp::create(b, mask, ValueRange{batch, row});
      seen = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, entry,
                                   arith::ConstantIntOp::create(b, 0, 32));
    }
    for (int64_t j = 0; j < panel.vectors; ++j) {
      Value &score = scores[i * panel.vectors + j];
      if (shape.causal) {
        Value past = arith::CmpIOp::create(
            b, arith::CmpIPredicate::sge, queries[j],
            splat(arith::IndexCastOp::create(b, i32, row)));
        score = arith::SelectOp::create(b, past, score, hidden);
      }
      if (seen)
        score = arith::SelectOp::create(b, seen, score, hidden);
    }
  }
}

Value AttentionEmitter::difference(Value lhs, Value rhs) {
  return arith::SubFOp::create(b, lhs, rhs);
}

} // namespace mlir::auxact::cpu
