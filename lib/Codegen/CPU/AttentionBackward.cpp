//===- AttentionBackward.cpp - Gradients of queries, keys, values ---------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A task has one (batch, head) pair, whose gradients of keys and values it adds
// up in its workspace. For each panel of queries and block of keys:
//
//   P = exp(Q K^T - log-sum-exp)      dV += P^T dO
//   dS = P * (dO V^T - delta)         dK += dS^T Q      dQ += dS K
//
// with delta = row sums of dO * O, which is the row's sum of P * dP.
//
//===----------------------------------------------------------------------===//

#include "AttentionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

namespace mlir::auxact::cpu {

static AttentionShape shapeOf(AttentionGradOp op) {
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

AttentionBackward::AttentionBackward(func::FuncOp kernel,
                                     const KernelForm &form, int64_t vectorBits)
    : AttentionEmitter(kernel, shapeOf(cast<AttentionGradOp>(form.standalone)),
                       vectorBits),
      op(cast<AttentionGradOp>(form.standalone)) {
  for (unsigned i = 0; i < 3; ++i)
    numbers[i] = form.getStandaloneResult(i);
}

AttentionEmitter::Rows AttentionBackward::operand(Value tensor) {
  return headOf(frame.buffer(cast<BlockArgument>(tensor)));
}

LogicalResult AttentionBackward::emit() {
  if (op.getMask())
    mask = frame.buffer(cast<BlockArgument>(op.getMask()));
  Type f32 = b.getF32Type();
  int64_t padded = llvm::alignTo(shape.headSize, s.width), rows = s.panelRows();
  for (Value *buffer :
       {&packedKeys, &packedValues, &keyGradients, &valueGradients})
    *buffer = frame.allocate({shape.keys, padded}, f32);
  for (Value *buffer : {&packedQueries, &packedGradients, &queryGradients})
    *buffer = frame.allocate({rows, padded}, f32);
  for (Value *buffer : {&queriesTransposed, &gradientsTransposed})
    *buffer = frame.allocate({shape.headSize, rows}, f32);
  for (Value *buffer : {&probabilities, &scoreGradients})
    *buffer = frame.allocate({s.keyBlock, rows}, f32);
  statistics = frame.allocate({rows}, f32);
  deltas = frame.allocate({rows}, f32);

  beginTask(frame.task());
  Value keys = frame.constant(shape.keys), first = frame.constant(0);
  pack(operand(op.getKey()), first, keys, packedKeys);
  pack(operand(op.getValue()), first, keys, packedValues);
  clear(keyGradients, shape.keys);
  clear(valueGradients, shape.keys);
  int64_t panels = llvm::divideCeil(shape.queries, s.panelRows());
  forEachPanel(first, frame.constant(panels),
               [&](const Panel &panel) { emitPanel(panel); });
  // The packed queries have the factor of the scores in them already.
  store(numbers[1], keyGradients, first, keys);
  store(numbers[2], valueGradients, first, keys);
  frame.finish(shape.batch * shape.heads);
  return success();
}

void AttentionBackward::store(std::optional<unsigned> number, Value packed,
                              Value first, Value count, Value factor) {
  if (!number)
    return;
  Rows rows = headOf(frame.result(*number));
  frame.loop(frame.constant(0), count, 1, [&](Value row) {
    for (int64_t column = 0; column < shape.headSize; column += s.width) {
      Value vector = loadVector(packed, {row, frame.constant(column)});
      if (factor)
        vector = arith::MulFOp::create(b, vector, factor);
      writeVector(vector, rows, frame.add(first, row), column);
    }
  });
}

void AttentionBackward::emitPanel(const Panel &panel) {
  packPanel(panel);
  clear(queryGradients, panel.rows);
  forEachKeyBlock(panel, [&](const KeyBlock &block) {
    emitProbabilities(panel, block);
    emitScoreGradients(panel, block);
    accumulateKeys(panel, block, probabilities, packedGradients,
                   valueGradients);
    accumulateKeys(panel, block, scoreGradients, packedQueries, keyGradients);
    accumulateQueries(panel, block);
  });
  store(numbers[0], queryGradients, panel.start, frame.constant(panel.rows),
        floatConstant(op.getScale().convertToFloat()));
}

/// Queries and gradients both ways round, and delta and log-sum-exp.
void AttentionBackward::packPanel(const Panel &panel) {
  Value rows = frame.constant(panel.rows);
  pack(operand(op.getQuery()), panel.start, rows, packedQueries,
       floatConstant(op.getScale().convertToFloat()));
  packTransposed(packedQueries, panel, queriesTransposed);
  pack(operand(op.getGradient()), panel.start, rows, packedGradients);
  packTransposed(packedGradients, panel, gradientsTransposed);
  for (int64_t j = 0; j < panel.vectors; ++j) {
    Value lane = frame.constant(j * s.width);
    Value statistic =
        loadLanes(frame.buffer(cast<BlockArgument>(op.getLogSumExp())),
                  {batch, head, frame.add(panel.start, j * s.width)},
                  std::min(s.width, panel.rows - j * s.width));
    // Where no key was seen all scores are -infinity, and so is this: any
    // finite number makes the probabilities 0 and not NaN.
    Value some = arith::CmpFOp::create(
        b, arith::CmpFPredicate::UNE, statistic,
        floatConstant(-std::numeric_limits<float>::infinity()));
    storeVector(arith::SelectOp::create(b, some, statistic, zero()), statistics,
                lane);
    storeVector(zero(), deltas, lane);
  }
  Rows result = operand(op.getResult());
  frame.loop(0, panel.rows, 1, [&](Value row) {
    Value sum = zero();
    for (int64_t column = 0; column < shape.headSize; column += s.width)
      sum = vector::FMAOp::create(
          b, readVector(result, frame.add(panel.start, row), column),
          loadVector(packedGradients, {row, frame.constant(column)}), sum);
    Value delta =
        vector::ReductionOp::create(b, vector::CombiningKind::ADD, sum);
    memref::StoreOp::create(b, delta, deltas, row);
  });
}

void AttentionBackward::emitProbabilities(const Panel &panel,
                                          const KeyBlock &block) {
  forEachKeyTile(block, s.keyTile, [&](Value key, int64_t rows) {
    SmallVector<Value> scores =
        multiplyKeys(packedKeys, key, rows, queriesTransposed, panel);
    maskScores(panel, key, rows, scores);
    Value row = b.createOrFold<arith::SubIOp>(key, block.from);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < panel.vectors; ++j)
        storeVector(scores[i * panel.vectors + j], probabilities,
                    {frame.add(row, i), frame.constant(j * s.width)});
  });
  SmallVector<Value> lanes, statistic;
  for (int64_t j = 0; j < panel.vectors; ++j) {
    lanes.push_back(frame.constant(j * s.width));
    statistic.push_back(loadVector(statistics, lanes[j]));
  }
  Value count = b.createOrFold<arith::SubIOp>(block.to, block.from);
  frame.loop(frame.constant(0), count, 1, [&](Value row) {
    for (int64_t j = 0; j < panel.vectors; ++j) {
      Value score = loadVector(probabilities, {row, lanes[j]});
      Value p = math::ExpOp::create(b, difference(score, statistic[j]));
      storeVector(p, probabilities, {row, lanes[j]});
    }
  });
}

void AttentionBackward::emitScoreGradients(const Panel &panel,
                                           const KeyBlock &block) {
  forEachKeyTile(block, s.keyTile, [&](Value key, int64_t rows) {
    SmallVector<Value> products =
        multiplyKeys(packedValues, key, rows, gradientsTransposed, panel);
    Value row = b.createOrFold<arith::SubIOp>(key, block.from);
    for (int64_t j = 0; j < panel.vectors; ++j) {
      Value lane = frame.constant(j * s.width);
      Value delta = loadVector(deltas, lane);
      for (int64_t i = 0; i < rows; ++i) {
        Value place = frame.add(row, i);
        Value gradient = arith::MulFOp::create(
            b, loadVector(probabilities, {place, lane}),
            difference(products[i * panel.vectors + j], delta));
        storeVector(gradient, scoreGradients, {place, lane});
      }
    }
  });
}

/// sums(key, feature) += sum over queries of factors(key, query) * rows(query,
/// feature).
void AttentionBackward::accumulateKeys(const Panel &panel,
                                       const KeyBlock &block, Value factors,
                                       Value rows, Value sums) {
  forEachColumnGroup([&](int64_t first, int64_t vectors) {
    auto column = [&](int64_t j) {
      return frame.constant(first + j * s.width);
    };
    forEachKeyTile(block, s.tileRows(vectors), [&](Value key, int64_t count) {
      Value local = b.createOrFold<arith::SubIOp>(key, block.from);
      accumulateTile(
          sums, key, count, first, vectors, frame.constant(panel.rows),
          [&](int64_t i, Value k) {
            return memref::LoadOp::create(b, factors,
                                          ValueRange{frame.add(local, i), k})
                .getResult();
          },
          [&](int64_t j, Value k) { return loadVector(rows, {k, column(j)}); });
    });
  });
}

void AttentionBackward::accumulateQueries(const Panel &panel,
                                          const KeyBlock &block) {
  Value keys = b.createOrFold<arith::SubIOp>(block.to, block.from);
  forEachColumnGroup([&](int64_t first, int64_t vectors) {
    auto column = [&](int64_t j) {
      return frame.constant(first + j * s.width);
    };
    forEachRowTile(panel.rows, vectors, [&](Value row, int64_t count) {
      accumulateTile(
          queryGradients, row, count, first, vectors, keys,
          [&](int64_t i, Value k) {
            return memref::LoadOp::create(b, scoreGradients,
                                          ValueRange{k, frame.add(row, i)})
                .getResult();
          },
          [&](int64_t j, Value k) {
            return loadVector(packedKeys,
                              {frame.add(block.from, k), column(j)});
          });
    });
  });
}

} // namespace mlir::auxact::cpu
