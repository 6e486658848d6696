//===- AttentionForward.cpp - Result and log-sum-exp ----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// For each panel of queries, block of keys after block of keys: scores, their
// running maximum, probabilities, and the result scaled to the new maximum.
//
//===----------------------------------------------------------------------===//

#include "AttentionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

namespace mlir::auxact::cpu {

static AttentionShape shapeOf(AttentionOp op) {
  ArrayRef<int64_t> query = op.getQuery().getType().getShape();
  AttentionShape shape;
  shape.batch = query[0];
  shape.heads = op.getHeads();
  shape.queries = query[1];
  shape.keys = op.getKey().getType().getDimSize(1);
  shape.headSize = query[2] / shape.heads;
  shape.causal = op.getCausal();
  return shape;
}

AttentionForward::AttentionForward(func::FuncOp kernel, const KernelForm &form,
                                   int64_t vectorBits)
    : AttentionEmitter(kernel, shapeOf(cast<AttentionOp>(form.standalone)),
                       vectorBits),
      op(cast<AttentionOp>(form.standalone)),
      resultNumber(form.getStandaloneResult(0)),
      statisticsNumber(form.getStandaloneResult(1)) {}

LogicalResult AttentionForward::emit() {
  auto bufferOf = [&](Value operand) {
    return frame.buffer(cast<BlockArgument>(operand));
  };
  if (op.getMask())
    mask = bufferOf(op.getMask());
  Type f32 = b.getF32Type();
  int64_t padded = llvm::alignTo(shape.headSize, s.width);
  packedKeys = frame.allocate({shape.keys, padded}, f32);
  packedValues = frame.allocate({shape.keys, padded}, f32);
  packedQueries = frame.allocate({s.panelRows(), padded}, f32);
  queriesTransposed = frame.allocate({shape.headSize, s.panelRows()}, f32);
  probabilities = frame.allocate({s.keyBlock, s.panelRows()}, f32);
  sums = frame.allocate({s.panelRows(), padded}, f32);
  maxima = frame.allocate({2, s.panelRows()}, f32);
  totals = frame.allocate({s.panelRows()}, f32);
  factors = frame.allocate({s.panelRows()}, f32);

  beginTask(frame.divide(frame.task(), s.panelTasks));
  Value keys = frame.constant(shape.keys), first = frame.constant(0);
  pack(headOf(bufferOf(op.getKey())), first, keys, packedKeys);
  pack(headOf(bufferOf(op.getValue())), first, keys, packedValues);
  Value part = frame.remainder(frame.task(), s.panelTasks);
  int64_t panels = llvm::divideCeil(shape.queries, s.panelRows());
  auto boundary = [&](Value part) {
    return frame.divide(frame.mul(part, panels), s.panelTasks);
  };
  forEachPanel(boundary(part), boundary(frame.add(part, 1)),
               [&](const Panel &panel) { emitPanel(panel); });
  frame.finish(shape.batch * shape.heads * s.panelTasks);
  return success();
}

void AttentionForward::emitPanel(const Panel &panel) {
  pack(headOf(frame.buffer(cast<BlockArgument>(op.getQuery()))), panel.start,
       frame.constant(panel.rows), packedQueries,
       floatConstant(op.getScoreScale()));
  packTransposed(packedQueries, panel, queriesTransposed);
  // Finite, so that the difference to it is no NaN where no key is seen.
  Value lowest = floatConstant(std::numeric_limits<float>::lowest());
  for (int64_t j = 0; j < panel.vectors; ++j) {
    Value lane = frame.constant(j * s.width);
    storeVector(lowest, maxima, {frame.constant(0), lane});
    storeVector(zero(), totals, lane);
  }
  clear(sums, panel.rows);
  forEachKeyBlock(panel, [&](const KeyBlock &block) {
    emitScores(panel, block);
    emitProbabilities(panel, block);
    accumulateResult(panel, block);
  });
  finishPanel(panel);
}

/// The scores of the block, and in row 1 of `maxima` the new maxima.
void AttentionForward::emitScores(const Panel &panel, const KeyBlock &block) {
  Value before = frame.constant(0), after = frame.constant(1);
  for (int64_t j = 0; j < panel.vectors; ++j) {
    Value lane = frame.constant(j * s.width);
    storeVector(loadVector(maxima, {before, lane}), maxima, {after, lane});
  }
  forEachKeyTile(block, s.keyTile, [&](Value key, int64_t rows) {
    SmallVector<Value> scores =
        multiplyKeys(packedKeys, key, rows, queriesTransposed, panel);
    maskScores(panel, key, rows, scores);
    Value row = b.createOrFold<arith::SubIOp>(key, block.from);
    for (int64_t j = 0; j < panel.vectors; ++j) {
      Value lane = frame.constant(j * s.width);
      Value maximum = loadVector(maxima, {after, lane});
      for (int64_t i = 0; i < rows; ++i) {
        Value score = scores[i * panel.vectors + j];
        storeVector(score, probabilities, {frame.add(row, i), lane});
        Value greater =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, maximum);
        maximum = arith::SelectOp::create(b, greater, score, maximum);
      }
      storeVector(maximum, maxima, {after, lane});
    }
  });
}

/// exp(score - maximum), their sums, and what is to be made of earlier sums.
void AttentionForward::emitProbabilities(const Panel &panel,
                                         const KeyBlock &block) {
  SmallVector<Value> lanes, highest, sum(panel.vectors, zero());
  for (int64_t j = 0; j < panel.vectors; ++j) {
    lanes.push_back(frame.constant(j * s.width));
    highest.push_back(loadVector(maxima, {frame.constant(1), lanes[j]}));
  }
  Value count = b.createOrFold<arith::SubIOp>(block.to, block.from);
  sum = frame.loop(
      frame.constant(0), count, 1, sum, [&](Value row, ValueRange carried) {
        SmallVector<Value> next;
        for (int64_t j = 0; j < panel.vectors; ++j) {
          Value score = loadVector(probabilities, {row, lanes[j]});
          Value p = math::ExpOp::create(b, difference(score, highest[j]));
          storeVector(p, probabilities, {row, lanes[j]});
          next.push_back(arith::AddFOp::create(b, carried[j], p));
        }
        return next;
      });
  for (int64_t j = 0; j < panel.vectors; ++j) {
    Value old = loadVector(maxima, {frame.constant(0), lanes[j]});
    Value factor = math::ExpOp::create(b, difference(old, highest[j]));
    storeVector(factor, factors, lanes[j]);
    storeVector(highest[j], maxima, {frame.constant(0), lanes[j]});
    Value total = loadVector(totals, lanes[j]);
    storeVector(vector::FMAOp::create(b, total, factor, sum[j]), totals,
                lanes[j]);
  }
}

void AttentionForward::accumulateResult(const Panel &panel,
                                        const KeyBlock &block) {
  Value count = b.createOrFold<arith::SubIOp>(block.to, block.from);
  forEachColumnGroup([&](int64_t first, int64_t vectors) {
    auto column = [&](int64_t j) {
      return frame.constant(first + j * s.width);
    };
    forEachRowTile(panel.rows, vectors, [&](Value row, int64_t rows) {
      accumulateTile(
          sums, row, rows, first, vectors, count,
          [&](int64_t i, Value k) {
            return memref::LoadOp::create(b, probabilities,
                                          ValueRange{k, frame.add(row, i)})
                .getResult();
          },
          [&](int64_t j, Value k) {
            return loadVector(packedValues,
                              {frame.add(block.from, k), column(j)});
          },
          factors);
    });
  });
}

/// Divides by the sums of probabilities; 0 where no key was seen.
void AttentionForward::finishPanel(const Panel &panel) {
  for (int64_t j = 0; j < panel.vectors; ++j) {
    Value lane = frame.constant(j * s.width);
    Value total = loadVector(totals, lane);
    Value some =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, total, zero());
    Value inverse = arith::DivFOp::create(b, floatConstant(1.0), total);
    storeVector(arith::SelectOp::create(b, some, inverse, zero()), factors,
                lane);
    if (!statisticsNumber)
      continue;
    Value maximum = loadVector(maxima, {frame.constant(0), lane});
    Value sum =
        arith::AddFOp::create(b, maximum, math::LogOp::create(b, total));
    Value statistic = arith::SelectOp::create(
        b, some, sum, floatConstant(-std::numeric_limits<float>::infinity()));
    storeLanes(statistic, frame.result(*statisticsNumber),
               {batch, head, frame.add(panel.start, j * s.width)},
               std::min(s.width, panel.rows - j * s.width));
  }
  if (!resultNumber)
    return;
  Rows result = headOf(frame.result(*resultNumber));
  frame.loop(0, panel.rows, 1, [&](Value row) {
    Value factor = splat(memref::LoadOp::create(b, factors, row));
    for (int64_t column = 0; column < shape.headSize; column += s.width) {
      Value vector = loadVector(sums, {row, frame.constant(column)});
      writeVector(arith::MulFOp::create(b, vector, factor), result,
                  frame.add(panel.start, row), column);
    }
  });
}

} // namespace mlir::auxact::cpu
