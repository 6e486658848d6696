//===- GpuAttentionEmitter.cpp - Attention on a GPU -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Tiles, their products and masks, for forward and backward.
//
//===----------------------------------------------------------------------===//

#include "GpuAttentionEmitter.h"
#include "SharedTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

namespace mlir::auxact::device {

GpuAttentionEmitter::GpuAttentionEmitter(func::FuncOp kernel,
                                         const Shape &shape)
    : frame(kernel), b(frame.builder()), shape(shape),
      four(VectorType::get({4}, b.getF32Type())) {}

void GpuAttentionEmitter::startGrid(int64_t tiles, Value maskOperand) {
  frame.startGrid({tiles, shape.heads, shape.batch}, side * side);
  // One block is enough for a multiprocessor's registers to be all the block's:
  // ptxas would spill some of them to fit a second one.
  frame.function()->setAttr("nvvm.minctasm", b.getI32IntegerAttr(1));
  sharedOffset = 0;
  down = frame.divide(frame.thread(), side);
  across = frame.remainder(frame.thread(), side);
  head = frame.block(1);
  sample = frame.block(2);
  mask = length = Value();
  if (!maskOperand)
    return;
  mask = buffer(maskOperand);
  if (cast<MemRefType>(mask.getType()).getRank() != 1)
    return;
  Value loaded = memref::LoadOp::create(b, mask, sample);
  Value none = arith::ConstantIntOp::create(b, 0, 32);
  length = arith::IndexCastOp::create(b, b.getIndexType(),
                                      arith::MaxSIOp::create(b, loaded, none));
}

Value GpuAttentionEmitter::constant(double value) {
  return arith::ConstantOp::create(b, b.getF32FloatAttr(float(value)));
}

Value GpuAttentionEmitter::zeroFour() {
  return arith::ConstantOp::create(b, b.getZeroAttr(four));
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

GpuAttentionEmitter::Tile GpuAttentionEmitter::shareTile(int64_t rows,
                                                         int64_t columns) {
  int64_t stride = columns + 4;
  Tile tile{frame.sharedView(sharedOffset, {rows * stride}, b.getF32Type()),
            rows, stride};
  sharedOffset += rows * stride * 4;
  return tile;
}

Value GpuAttentionEmitter::loadVector(const Tile &tile, Value row,
                                      Value column) {
  return loadShared(frame, four, tile.memory,
                    frame.add(frame.mul(row, tile.columns), column));
}

void GpuAttentionEmitter::load(const Tile &tile, Value tensor, Value first,
                               int64_t limit, double factor) {
  Type element = cast<MemRefType>(tensor.getType()).getElementType();
  int64_t width = shape.headSize % 4 == 0 ? 4 : 1;
  int64_t perRow = shape.padded() / width;
  auto type = VectorType::get({width}, element);
  auto wide = VectorType::get({width}, b.getF32Type());
  frame.loop(
      frame.thread(), frame.constant(tile.rows * perRow), side * side,
      [&](Value piece) {
        Value row = frame.divide(piece, perRow);
        Value column = frame.mul(frame.remainder(piece, perRow), width);
        Value place = frame.add(frame.mul(row, tile.columns), column);
        Value from = frame.add(first, row);
        Value exists = frame.less(from, frame.constant(limit));
        if (width == 1)
          exists = arith::AndIOp::create(
              b, exists, frame.less(column, frame.constant(shape.headSize)));
        auto store = [&](Value values) {
          if (width == 1)
            memref::StoreOp::create(b, vector::ExtractOp::create(b, values, 0),
                                    tile.memory, place);
          else
            storeShared(frame, values, tile.memory, place);
        };
        frame.branch(
            exists,
            [&] {
              Value feature =
                  frame.add(frame.mul(head, shape.headSize), column);
              Value values = vector::LoadOp::create(
                  b, type, tensor, ValueRange{sample, from, feature},
                  /*nontemporal=*/false,
                  llvm::MaybeAlign(width * element.getIntOrFloatBitWidth() /
                                   8));
              if (!element.isF32())
                values = arith::ExtFOp::create(b, wide, values);
              if (factor != 1.0)
                values = arith::MulFOp::create(
                    b, values,
                    vector::BroadcastOp::create(b, wide, constant(factor)));
              store(values);
            },
            [&] { store(arith::ConstantOp::create(b, b.getZeroAttr(wide))); });
      });
}

void GpuAttentionEmitter::storeRows(std::optional<unsigned> number, Value first,
                                    int64_t count, int64_t limit,
                                    ArrayRef<Value> sums) {
  if (!number)
    return;
  Value result = frame.result(*number);
  Type element = cast<MemRefType>(result.getType()).getElementType();
  for (int64_t i = 0; i < count; ++i) {
    Value row = frame.add(first, ownRow(count, i));
    frame.branch(frame.less(row, frame.constant(limit)), [&] {
      for (int64_t g = 0; g < shape.groups(); ++g) {
        Value column = frame.add(frame.mul(across, 4), g * 4 * side);
        Value values = sums[i * shape.groups() + g];
        if (!element.isF32())
          values = arith::TruncFOp::create(b, four.clone(element), values);
        Value start = frame.add(frame.mul(head, shape.headSize), column);
        if (shape.headSize % 4 == 0) {
          frame.branch(frame.less(column, frame.constant(shape.headSize)), [&] {
            vector::StoreOp::create(
                b, values, result, ValueRange{sample, row, start},
                /*nontemporal=*/false,
                llvm::MaybeAlign(element.getIntOrFloatBitWidth() / 2));
          });
          continue;
        }
        for (int64_t j = 0; j < 4; ++j)
          frame.branch(
              frame.less(frame.add(column, j), frame.constant(shape.headSize)),
              [&] {
                memref::StoreOp::create(
                    b, vector::ExtractOp::create(b, values, j), result,
                    ValueRange{sample, row, frame.add(start, j)});
              });
      }
    });
  }
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Four features at a time, each in its own sum until the end.
SmallVector<Value> GpuAttentionEmitter::multiplyRows(const Tile &left,
                                                     const Tile &right,
                                                     int64_t rows,
                                                     int64_t columns) {
  SmallVector<Value> sums(rows * columns, zeroFour());
  sums = frame.loop(frame.constant(0), frame.constant(shape.padded()), 4, sums,
                    [&](Value feature, ValueRange carried) {
                      SmallVector<Value> next(carried), other;
                      for (int64_t j = 0; j < columns; ++j)
                        other.push_back(loadVector(right, ownKey(j), feature));
                      for (int64_t i = 0; i < rows; ++i) {
                        Value own = loadVector(left, ownRow(rows, i), feature);
                        for (int64_t j = 0; j < columns; ++j) {
                          Value &sum = next[i * columns + j];
                          sum = vector::FMAOp::create(b, own, other[j], sum);
                        }
                      }
                      return next;
                    });
  for (Value &sum : sums) {
    Value parts[4];
    for (int64_t i = 0; i < 4; ++i)
      parts[i] = vector::ExtractOp::create(b, sum, i);
    sum = arith::AddFOp::create(b, arith::AddFOp::create(b, parts[0], parts[1]),
                                arith::AddFOp::create(b, parts[2], parts[3]));
  }
  return sums;
}

void GpuAttentionEmitter::accumulate(const Tile &factors, const Tile &rows,
                                     int64_t count, int64_t depth,
                                     bool transposed,
                                     MutableArrayRef<Value> sums) {
  int64_t groups = shape.groups();
  SmallVector<Value> columns;
  for (int64_t g = 0; g < groups; ++g)
    // Threads beyond the head compute what nobody stores.
    columns.push_back(frame.minimum(
        frame.add(frame.mul(across, 4), g * 4 * side), shape.padded() - 4));
  SmallVector<Value> results = frame.loop(
      frame.constant(0), frame.constant(depth), 4,
      ValueRange(ArrayRef<Value>(sums)), [&](Value k, ValueRange carried) {
        SmallVector<Value> next(carried);
        SmallVector<Value> own;
        // Where they lie along the rows, four at once.
        if (!transposed)
          for (int64_t i = 0; i < count; ++i)
            own.push_back(loadVector(factors, ownRow(count, i), k));
        for (int64_t step = 0; step < 4; ++step) {
          Value place = frame.add(k, step);
          SmallVector<Value> row;
          for (Value column : columns)
            row.push_back(loadVector(rows, place, column));
          Value across;
          if (transposed)
            across = loadShared(frame, VectorType::get({count}, b.getF32Type()),
                                factors.memory,
                                frame.add(frame.mul(place, factors.columns),
                                          frame.mul(down, count)));
          for (int64_t i = 0; i < count; ++i) {
            Value factor = transposed
                               ? vector::ExtractOp::create(b, across, i)
                               : vector::ExtractOp::create(b, own[i], step);
            Value spread = vector::BroadcastOp::create(b, four, factor);
            for (int64_t g = 0; g < groups; ++g) {
              Value &sum = next[i * groups + g];
              sum = vector::FMAOp::create(b, spread, row[g], sum);
            }
          }
        }
        return next;
      });
  llvm::copy(results, sums.begin());
}

void GpuAttentionEmitter::share(const Tile &tile, int64_t rows, int64_t columns,
                                ArrayRef<Value> values) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      memref::StoreOp::create(
          b, values[i * columns + j], tile.memory,
          frame.add(frame.mul(ownRow(rows, i), tile.columns), ownKey(j)));
}

/// Over the 16 threads that share a row.
Value GpuAttentionEmitter::combineRow(Value value, bool maximum) {
  auto number = [&](int64_t n) -> Value {
    return arith::ConstantIntOp::create(b, b.getI32Type(), n);
  };
  for (int64_t distance = side / 2; distance > 0; distance /= 2) {
    Value other = NVVM::ShflOp::create(b, value.getType(), number(-1), value,
                                       number(distance), number(warpSize - 1),
                                       NVVM::ShflKind::bfly, UnitAttr());
    value = maximum ? arith::MaximumFOp::create(b, value, other).getResult()
                    : arith::AddFOp::create(b, value, other).getResult();
  }
  return value;
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

Value GpuAttentionEmitter::keyEnd(Value first, int64_t rows) {
  Value end = frame.constant(shape.keys);
  if (shape.causal)
    end = frame.minimum(frame.add(first, rows), shape.keys);
  return length ? b.createOrFold<arith::MinUIOp>(end, length) : end;
}

SmallVector<Value> GpuAttentionEmitter::visible(Value firstQuery,
                                                Value firstKey, int64_t rows,
                                                int64_t columns) {
  auto both = [&](Value lhs, Value rhs) -> Value {
    return lhs ? arith::AndIOp::create(b, lhs, rhs).getResult() : rhs;
  };
  SmallVector<Value> seen(rows * columns);
  for (int64_t j = 0; j < columns; ++j) {
    Value key = frame.add(firstKey, ownKey(j)), any;
    if (shape.keys % shape.keyTile != 0)
      any = both(any, frame.less(key, frame.constant(shape.keys)));
    if (length)
      any = both(any, frame.less(key, length));
    if (mask && !length) {
      Value place = frame.minimum(key, shape.keys - 1);
      Value entry = memref::LoadOp::create(b, mask, ValueRange{sample, place});
      any = both(any,
                 arith::CmpIOp::create(b, arith::CmpIPredicate::ne, entry,
                                       arith::ConstantIntOp::create(b, 0, 32)));
    }
    for (int64_t i = 0; i < rows; ++i) {
      Value &result = seen[i * columns + j];
      result = any;
      if (shape.causal)
        result = both(
            any, arith::CmpIOp::create(b, arith::CmpIPredicate::sle, key,
                                       frame.add(firstQuery, ownRow(rows, i))));
    }
  }
  return seen;
}

} // namespace mlir::auxact::device
