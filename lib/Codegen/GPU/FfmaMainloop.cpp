//===- FfmaMainloop.cpp - Float32 multiply-adds of each thread ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The 32 threads of a warp are four down and eight across its part of the tile.
//
//===----------------------------------------------------------------------===//

#include "FfmaMainloop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact::device {

constexpr int64_t lanesDown = 4, lanesAcross = 8;

FfmaMainloop::FfmaMainloop(const MainloopContext &context)
    : PipelinedMainloop(context, context.frame.builder().getF32Type(),
                        Swizzle::None),
      rows{left, frame.mul(warpRow, s.warpTileRows()),
           frame.divide(lane, lanesAcross), lanesDown,
           s.warpTileRows() / lanesDown},
      columns{right, frame.mul(warpColumn, s.warpTileColumns()),
              frame.remainder(lane, lanesAcross), lanesAcross,
              s.warpTileColumns() / lanesAcross},
      // What is read along the contracted dimension waits in registers.
      perTurn(rows.byFours() && columns.byFours() ? 4 : 2) {}

Value FfmaMainloop::placeOf(const Side &side, int64_t i) {
  if (side.byFours())
    return frame.add(frame.add(side.origin, frame.mul(side.lane, 4)),
                     i / 4 * 4 * side.lanes + i % 4);
  return frame.add(frame.add(side.origin, side.lane), i * side.lanes);
}

/// Four places, from bits of one row of the factor.
SmallVector<Value, 4> FfmaMainloop::expandBits(const Side &side, Value base,
                                               Value depth, int64_t first) {
  SharedTile &shared = side.tile.tile();
  Value place = placeOf(side, first);
  Value byte = frame.add(frame.mul(depth, shared.columns()),
                         frame.mul(frame.divide(place, 32), 4));
  Value word = loadSharedWord(frame, shared.memory(), frame.add(base, byte));
  Value shift =
      arith::IndexCastOp::create(b, b.getI32Type(), frame.remainder(place, 32));
  word = arith::ShRUIOp::create(b, word, shift);
  SmallVector<Value, 4> numbers;
  for (int64_t i = 0; i < 4; ++i) {
    Value bit =
        arith::ConstantIntOp::create(b, b.getI32Type(), int64_t(1) << i);
    Value isSet = arith::CmpIOp::create(
        b, arith::CmpIPredicate::ne, arith::AndIOp::create(b, word, bit),
        arith::ConstantIntOp::create(b, b.getI32Type(), 0));
    const BitChoice &choice = side.tile.choice();
    numbers.push_back(
        arith::SelectOp::create(b, isSet, choice.high, choice.low));
  }
  return numbers;
}

/// What is loaded along the contracted dimension, some places of it at once.
SmallVector<SmallVector<Value, 4>>
FfmaMainloop::loadAlong(const Side &side, Value base, Value depth) {
  SharedTile &shared = side.tile.tile();
  auto type = VectorType::get({perTurn}, b.getF32Type());
  SmallVector<SmallVector<Value, 4>> numbers(perTurn);
  for (int64_t i = 0; i < side.count; ++i) {
    Value place = shared.at(base, placeOf(side, i), depth);
    Value loaded = loadShared(frame, type, shared.memory(), place);
    for (int64_t k = 0; k < perTurn; ++k)
      numbers[k].push_back(vector::ExtractOp::create(b, loaded, k));
  }
  return numbers;
}

/// What is loaded across it, at one place.
SmallVector<Value, 4> FfmaMainloop::loadAcross(const Side &side, Value base,
                                               Value depth) {
  SharedTile &shared = side.tile.tile();
  auto four = VectorType::get({4}, b.getF32Type());
  SmallVector<Value, 4> numbers;
  for (int64_t first = 0; first < side.count; first += 4) {
    if (side.tile.isBits()) {
      llvm::append_range(numbers, expandBits(side, base, depth, first));
      continue;
    }
    Value place = shared.at(base, depth, placeOf(side, first));
    Value loaded = loadShared(frame, four, shared.memory(), place);
    for (int64_t i = 0; i < 4; ++i)
      numbers.push_back(vector::ExtractOp::create(b, loaded, i));
  }
  return numbers;
}

SmallVector<Value> FfmaMainloop::start() {
  auto four = VectorType::get({4}, b.getF32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(four));
  return SmallVector<Value>(rows.count * columns.count / 4, zero);
}

/// Sums lie by row, four columns a vector.
SmallVector<Value> FfmaMainloop::multiply(Value stage, ValueRange before) {
  Value rowBase = left.tile().stage(stage);
  Value columnBase = right.tile().stage(stage);
  auto four = VectorType::get({4}, b.getF32Type());
  return frame.loop(
      frame.constant(0), frame.constant(s.depth), perTurn, before,
      [&](Value depth, ValueRange carried) {
        SmallVector<Value> sums(carried);
        SmallVector<SmallVector<Value, 4>> down, across;
        if (!rows.byFours())
          down = loadAlong(rows, rowBase, depth);
        if (!columns.byFours())
          across = loadAlong(columns, columnBase, depth);
        for (int64_t k = 0; k < perTurn; ++k) {
          Value at = frame.add(depth, k);
          SmallVector<Value, 4> a =
              rows.byFours() ? loadAcross(rows, rowBase, at) : down[k];
          SmallVector<Value, 4> c = columns.byFours()
                                        ? loadAcross(columns, columnBase, at)
                                        : across[k];
          SmallVector<Value> fours;
          for (int64_t j = 0; j < columns.count; j += 4)
            fours.push_back(vector::FromElementsOp::create(
                b, four, ValueRange(c).slice(j, 4)));
          for (int64_t i = 0; i < rows.count; ++i) {
            Value row = vector::BroadcastOp::create(b, four, a[i]);
            for (size_t j = 0; j < fours.size(); ++j) {
              Value &sum = sums[i * fours.size() + j];
              sum = vector::FMAOp::create(b, row, fours[j], sum);
            }
          }
        }
        return sums;
      });
}

SmallVector<TileSums> FfmaMainloop::locate(ValueRange sums) {
  SmallVector<TileSums> located;
  int64_t across = columns.count / 4;
  for (auto [number, value] : llvm::enumerate(sums)) {
    Value row = placeOf(rows, number / across);
    int64_t first = number % across * 4;
    if (columns.byFours()) {
      located.push_back({row, placeOf(columns, first), value});
      continue;
    }
    for (int64_t i = 0; i < 4; ++i)
      located.push_back({row, placeOf(columns, first + i),
                         vector::ExtractOp::create(b, value, i)});
  }
  return located;
}

} // namespace mlir::auxact::device
