//===- GpuAttentionBackward.cpp - Gradients of queries, keys, values ------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Blocks of keys add up their own gradients over all queries, blocks of queries
// theirs over all keys: probabilities are made twice, and no sum is shared
// between blocks.
//
//===----------------------------------------------------------------------===//

#include "GpuAttentionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

namespace mlir::auxact::device {

GpuAttentionBackward::GpuAttentionBackward(func::FuncOp kernel,
                                           const codegen::KernelForm &form)
    : GpuAttentionEmitter(kernel,
                          [&] {
                            auto op = cast<AttentionGradOp>(form.standalone);
                            ArrayRef<int64_t> query =
                                op.getQuery().getType().getShape();
                            int64_t heads = op.getHeads(),
                                    size = query[2] / heads;
                            return Shape{query[0],
                                         heads,
                                         query[1],
                                         op.getKey().getType().getDimSize(1),
                                         size,
                                         op.getCausal(),
                                         op.getScale().convertToFloat(),
                                         /*queryTile=*/32,
                                         /*keyTile=*/size <= 64 ? 64 : 32};
                          }()),
      op(cast<AttentionGradOp>(form.standalone)) {
  for (unsigned i = 0; i < 3; ++i)
    numbers[i] = form.getStandaloneResult(i);
}

void GpuAttentionBackward::emit() {
  deltaOffset = frame.reserveWorkspace(shape.batch * shape.heads *
                                       shape.queries * sizeof(float));
  emitDeltas();
  if (numbers[1] || numbers[2])
    emitKeyGradients();
  if (numbers[0])
    emitQueryGradients();
  frame.finish();
}

/// Row sums of gradient * result, 16 threads a row.
void GpuAttentionBackward::emitDeltas() {
  startGrid(llvm::divideCeil(shape.queries, side), Value());
  Value row = frame.add(frame.mul(frame.block(0), side), down);
  Value place = frame.minimum(row, shape.queries - 1);
  auto element = [&](Value tensor, Value feature) -> Value {
    Value loaded = memref::LoadOp::create(
        b, buffer(tensor),
        ValueRange{sample, place,
                   frame.add(frame.mul(head, shape.headSize), feature)});
    return loaded.getType().isF32()
               ? loaded
               : arith::ExtFOp::create(b, b.getF32Type(), loaded).getResult();
  };
  Value sum = frame.loop(across, frame.constant(shape.headSize), side,
                         constant(0.0), [&](Value feature, ValueRange carried) {
                           Value product = arith::MulFOp::create(
                               b, element(op.getResult(), feature),
                               element(op.getGradient(), feature));
                           return SmallVector<Value>{
                               arith::AddFOp::create(b, carried[0], product)};
                         })[0];
  sum = combineRow(sum, /*maximum=*/false);
  Value isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, across,
                                        frame.constant(0));
  Value exists = arith::AndIOp::create(
      b, isFirst, frame.less(row, frame.constant(shape.queries)));
  frame.branch(exists, [&] {
    Value deltas = frame.workspaceView(
        deltaOffset, {shape.batch, shape.heads, shape.queries}, b.getF32Type());
    memref::StoreOp::create(b, sum, deltas, ValueRange{sample, head, row});
  });
}

std::pair<SmallVector<Value>, SmallVector<Value>>
GpuAttentionBackward::differentiate(const Tile &queries, const Tile &keys,
                                    const Tile &values, const Tile &gradients,
                                    Value firstQuery, Value firstKey) {
  int64_t rows = shape.queryTile / side, columns = shape.keyTile / side;
  SmallVector<Value> scores = multiplyRows(queries, keys, rows, columns);
  SmallVector<Value> products = multiplyRows(gradients, values, rows, columns);
  SmallVector<Value> seen = visible(firstQuery, firstKey, rows, columns);
  Value deltas = frame.workspaceView(
      deltaOffset, {shape.batch, shape.heads, shape.queries}, b.getF32Type());
  Value hidden = constant(-std::numeric_limits<float>::infinity());
  for (int64_t i = 0; i < rows; ++i) {
    Value row = frame.add(firstQuery, ownRow(rows, i));
    Value place = frame.minimum(row, shape.queries - 1);
    Value statistic = memref::LoadOp::create(b, buffer(op.getLogSumExp()),
                                             ValueRange{sample, head, place});
    // Where no key was seen all scores are -infinity, and so is this: any
    // finite number makes the probabilities 0 and not NaN. Nor may they be
    // infinite beyond the last query.
    Value some = arith::AndIOp::create(
        b,
        arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, statistic, hidden),
        frame.less(row, frame.constant(shape.queries)));
    statistic = arith::SelectOp::create(b, some, statistic, constant(0.0));
    Value delta =
        memref::LoadOp::create(b, deltas, ValueRange{sample, head, place});
    for (int64_t j = 0; j < columns; ++j) {
      int64_t at = i * columns + j;
      Value score = scores[at];
      if (seen[at])
        score = arith::SelectOp::create(b, seen[at], score, hidden);
      scores[at] =
          math::ExpOp::create(b, arith::SubFOp::create(b, score, statistic));
      products[at] = arith::MulFOp::create(
          b, scores[at], arith::SubFOp::create(b, products[at], delta));
    }
  }
  return {scores, products};
}

void GpuAttentionBackward::emitKeyGradients() {
  startGrid(llvm::divideCeil(shape.keys, shape.keyTile), op.getMask());
  int64_t rows = shape.queryTile / side, columns = shape.keyTile / side,
          sums = columns * shape.groups();
  Tile queries = shareTile(shape.queryTile, shape.padded());
  Tile gradients = shareTile(shape.queryTile, shape.padded());
  Tile keys = shareTile(shape.keyTile, shape.padded());
  Tile values = shareTile(shape.keyTile, shape.padded());
  Tile probabilities = shareTile(shape.queryTile, shape.keyTile);
  Tile scores = shareTile(shape.queryTile, shape.keyTile);
  Value first = frame.mul(frame.block(0), shape.keyTile);
  load(keys, buffer(op.getKey()), first, shape.keys);
  load(values, buffer(op.getValue()), first, shape.keys);
  // Earlier queries do not see these keys.
  Value start = shape.causal ? frame.mul(frame.divide(first, shape.queryTile),
                                         shape.queryTile)
                             : frame.constant(0);
  SmallVector<Value> state(2 * sums, zeroFour());
  state = frame.loop(
      start, frame.constant(shape.queries), shape.queryTile, state,
      [&](Value query, ValueRange carried) {
        SmallVector<Value> next(carried);
        load(queries, buffer(op.getQuery()), query, shape.queries, shape.scale);
        load(gradients, buffer(op.getGradient()), query, shape.queries);
        frame.barrier();
        auto [p, ds] =
            differentiate(queries, keys, values, gradients, query, first);
        share(probabilities, rows, columns, p);
        share(scores, rows, columns, ds);
        frame.barrier();
        // The packed queries have the factor of the scores in them already.
        accumulate(scores, queries, columns, shape.queryTile,
                   /*transposed=*/true, MutableArrayRef(next).take_front(sums));
        accumulate(probabilities, gradients, columns, shape.queryTile,
                   /*transposed=*/true, MutableArrayRef(next).drop_front(sums));
        frame.barrier();
        return next;
      });
  storeRows(numbers[1], first, columns, shape.keys,
            ArrayRef(state).take_front(sums));
  storeRows(numbers[2], first, columns, shape.keys,
            ArrayRef(state).drop_front(sums));
}

void GpuAttentionBackward::emitQueryGradients() {
  startGrid(llvm::divideCeil(shape.queries, shape.queryTile), op.getMask());
  int64_t rows = shape.queryTile / side, columns = shape.keyTile / side;
  Tile queries = shareTile(shape.queryTile, shape.padded());
  Tile gradients = shareTile(shape.queryTile, shape.padded());
  Tile keys = shareTile(shape.keyTile, shape.padded());
  Tile values = shareTile(shape.keyTile, shape.padded());
  Tile scores = shareTile(shape.queryTile, shape.keyTile);
  Value first = frame.mul(frame.block(0), shape.queryTile);
  load(queries, buffer(op.getQuery()), first, shape.queries, shape.scale);
  load(gradients, buffer(op.getGradient()), first, shape.queries);
  SmallVector<Value> state(rows * shape.groups(), zeroFour());
  state = frame.loop(frame.constant(0), keyEnd(first, shape.queryTile),
                     shape.keyTile, state, [&](Value key, ValueRange carried) {
                       SmallVector<Value> next(carried);
                       load(keys, buffer(op.getKey()), key, shape.keys);
                       load(values, buffer(op.getValue()), key, shape.keys);
                       frame.barrier();
                       auto [p, ds] = differentiate(queries, keys, values,
                                                    gradients, first, key);
                       share(scores, rows, columns, ds);
                       frame.barrier();
                       accumulate(scores, keys, rows, shape.keyTile,
                                  /*transposed=*/false, next);
                       frame.barrier();
                       return next;
                     });
  Value factor = vector::BroadcastOp::create(b, four, constant(shape.scale));
  for (Value &sum : state)
    sum = arith::MulFOp::create(b, sum, factor);
  storeRows(numbers[0], first, rows, shape.queries, state);
}

} // namespace mlir::auxact::device
