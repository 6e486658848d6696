//===- GpuAttentionForward.cpp - Result and log-sum-exp -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A block has a tile of queries. Running maxima and sums of its rows, and the
// unscaled result, stay in registers from the first tile of keys to the last.
//
//===----------------------------------------------------------------------===//

#include "GpuAttentionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

namespace mlir::auxact::device {

GpuAttentionForward::GpuAttentionForward(func::FuncOp kernel,
                                         const codegen::KernelForm &form)
    : GpuAttentionEmitter(kernel,
                          [&] {
                            auto op = cast<AttentionOp>(form.standalone);
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
                                         op.getScoreScale(),
                                         /*queryTile=*/64,
                                         /*keyTile=*/size <= 64 ? 64 : 32};
                          }()),
      op(cast<AttentionOp>(form.standalone)),
      resultNumber(form.getStandaloneResult(0)),
      statisticsNumber(form.getStandaloneResult(1)) {}

void GpuAttentionForward::emit() {
  startGrid(llvm::divideCeil(shape.queries, shape.queryTile), op.getMask());
  int64_t rows = shape.queryTile / side, columns = shape.keyTile / side,
          groups = shape.groups();
  Tile queries = shareTile(shape.queryTile, shape.padded());
  Tile keys = shareTile(shape.keyTile, shape.padded());
  Tile values = shareTile(shape.keyTile, shape.padded());
  Tile probabilities = shareTile(shape.queryTile, shape.keyTile);
  Value first = frame.mul(frame.block(0), shape.queryTile);
  load(queries, buffer(op.getQuery()), first, shape.queries, shape.scale);

  // Maxima, sums, results. The maximum is finite, so that the difference to it
  // is no NaN where no key is seen.
  SmallVector<Value> state(rows,
                           constant(std::numeric_limits<float>::lowest()));
  state.append(rows, constant(0.0));
  state.append(rows * groups, zeroFour());
  state = frame.loop(
      frame.constant(0), keyEnd(first, shape.queryTile), shape.keyTile, state,
      [&](Value key, ValueRange carried) {
        SmallVector<Value> next(carried);
        load(keys, buffer(op.getKey()), key, shape.keys);
        load(values, buffer(op.getValue()), key, shape.keys);
        frame.barrier();
        SmallVector<Value> scores = multiplyRows(queries, keys, rows, columns);
        Value hidden = constant(-std::numeric_limits<float>::infinity());
        for (auto [score, seen] :
             llvm::zip_equal(scores, visible(first, key, rows, columns)))
          if (seen)
            score = arith::SelectOp::create(b, seen, score, hidden);
        for (int64_t i = 0; i < rows; ++i) {
          auto row = MutableArrayRef(scores).slice(i * columns, columns);
          Value highest = row[0];
          for (Value score : row.drop_front())
            highest = arith::MaximumFOp::create(b, highest, score);
          highest = arith::MaximumFOp::create(
              b, combineRow(highest, /*maximum=*/true), carried[i]);
          Value sum;
          for (Value &score : row) {
            score = math::ExpOp::create(
                b, arith::SubFOp::create(b, score, highest));
            sum =
                sum ? arith::AddFOp::create(b, sum, score).getResult() : score;
          }
          Value factor = math::ExpOp::create(
              b, arith::SubFOp::create(b, carried[i], highest));
          next[i] = highest;
          next[rows + i] = arith::AddFOp::create(
              b, arith::MulFOp::create(b, carried[rows + i], factor),
              combineRow(sum, /*maximum=*/false));
          Value spread = vector::BroadcastOp::create(b, four, factor);
          for (int64_t g = 0; g < groups; ++g) {
            Value &result = next[2 * rows + i * groups + g];
            result = arith::MulFOp::create(b, result, spread);
          }
        }
        share(probabilities, rows, columns, scores);
        frame.barrier();
        accumulate(probabilities, values, rows, shape.keyTile,
                   /*transposed=*/false,
                   MutableArrayRef(next).drop_front(2 * rows));
        // The next tile of keys takes this one's place.
        frame.barrier();
        return next;
      });

  auto results = llvm::to_vector(ArrayRef<Value>(state).drop_front(2 * rows));
  for (int64_t i = 0; i < rows; ++i) {
    Value sum = state[rows + i];
    Value some =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, sum, constant(0.0));
    Value inverse = arith::SelectOp::create(
        b, some, arith::DivFOp::create(b, constant(1.0), sum), constant(0.0));
    for (int64_t g = 0; g < groups; ++g) {
      Value &result = results[i * groups + g];
      result = arith::MulFOp::create(
          b, result, vector::BroadcastOp::create(b, four, inverse));
    }
    if (!statisticsNumber)
      continue;
    Value row = frame.add(first, ownRow(rows, i));
    Value isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, across,
                                          frame.constant(0));
    Value exists = arith::AndIOp::create(
        b, isFirst, frame.less(row, frame.constant(shape.queries)));
    frame.branch(exists, [&] {
      Value statistic =
          arith::AddFOp::create(b, state[i], math::LogOp::create(b, sum));
      statistic = arith::SelectOp::create(
          b, some, statistic,
          constant(-std::numeric_limits<float>::infinity()));
      memref::StoreOp::create(b, statistic, frame.result(*statisticsNumber),
                              ValueRange{sample, head, row});
    });
  }
  storeRows(resultNumber, first, rows, shape.queries, results);
  frame.finish();
}

} // namespace mlir::auxact::device
