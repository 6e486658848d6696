//===- PipelinedMainloop.cpp - Tiles in a ring of stages ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Each turn waits for one tile, lets one more be fetched into the stage that
// the previous turn has read, and multiplies. One barrier a turn says both that
// the tile is there for all and that nobody reads that stage any more.
//
//===----------------------------------------------------------------------===//

#include "ContractionEmitter.h"
#include "Mainloop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace mlir::auxact::device {

/// Fewer stages where there are fewer tiles.
static ContractionStrategy fitted(const MainloopContext &context) {
  ContractionStrategy s = context.strategy;
  int64_t tiles =
      llvm::divideCeil(depthTiles(shapeOf(context.contraction), s), s.splits);
  s.stages = std::max<int64_t>(2, std::min(s.stages, tiles + 1));
  return s;
}

OperandTileOptions PipelinedMainloop::optionsFor(const MainloopContext &context,
                                                 bool isLeft, Type element,
                                                 Swizzle transposedSwizzle) {
  const codegen::Contraction &c = context.contraction;
  OperandTileOptions options;
  options.operand = isLeft ? c.a : c.b;
  options.freeExtent = isLeft ? c.m : c.n;
  options.depthExtent = c.k;
  if (options.operand.batched)
    options.batch = context.batch;
  options.freeTile = isLeft ? s.rows : s.columns;
  options.depthTile = s.depth;
  options.freeOrigin = isLeft ? context.rowOrigin : context.columnOrigin;
  options.element = element;
  options.swizzle = Swizzle::DownRows;
  options.transposedSwizzle = transposedSwizzle;
  options.stages = s.stages;
  options.threads = s.threads();
  options.thread = frame.thread();
  // Bits outside of the factor are no zeros, so the other factor must have
  // them; one of both at most stays bits.
  bool otherIsBits =
      !isLeft && c.a.contractedFirst &&
      matchBitChoice(context.evaluator, context.frame.builder(), c.a.tensor);
  if (options.operand.contractedFirst && !otherIsBits)
    options.choice = matchBitChoice(context.evaluator, context.frame.builder(),
                                    options.operand.tensor);
  return options;
}

PipelinedMainloop::PipelinedMainloop(const MainloopContext &context,
                                     Type element, Swizzle transposedSwizzle)
    : frame(context.frame), b(frame.builder()), s(fitted(context)),
      lane(frame.lane()), warp(frame.warp()),
      warpRow(frame.divide(warp, s.warpColumns)),
      warpColumn(frame.remainder(warp, s.warpColumns)),
      left(frame, context.evaluator,
           optionsFor(context, true, element, transposedSwizzle)),
      right(frame, context.evaluator,
            optionsFor(context, false, element, transposedSwizzle)),
      evaluator(context.evaluator) {}

int64_t PipelinedMainloop::sharedBytes() const {
  return left.bytes() + right.bytes();
}

/// What is computed waits in registers, and so do addresses of narrow copies.
bool PipelinedMainloop::isLean() const {
  auto isLean = [](const OperandTile &tile) {
    return tile.isAsynchronous() && tile.isWide();
  };
  return isLean(left) && isLean(right);
}

SmallVector<TileSums> PipelinedMainloop::emit(const DepthRange &range) {
  left.place(0);
  right.place(left.bytes());
  int64_t ahead = s.stages - 1;
  SmallVector<OperandTile *, 2> copied, computed;
  for (OperandTile *tile : {&left, &right})
    (tile->isAsynchronous() ? copied : computed).push_back(tile);
  auto commit = [&] {
    if (!copied.empty())
      NVVM::CpAsyncCommitGroupOp::create(b);
  };
  auto wait = [&](int64_t pending) {
    if (!copied.empty())
      NVVM::CpAsyncWaitGroupOp::create(b, pending);
    frame.barrier();
  };
  auto copyIfAny = [&](Value number, Value stage) {
    frame.branch(frame.less(number, range.last), [&] {
      for (OperandTile *tile : copied)
        tile->copy(number, stage);
    });
  };

  for (int64_t i = 0; i < std::min(ahead, range.most); ++i) {
    Value number = frame.add(range.first, i), stage = frame.constant(i);
    if (!copied.empty())
      copyIfAny(number, stage);
    for (OperandTile *tile : computed) {
      codegen::Evaluator::Scope scope(evaluator);
      // Past the end the last tile is fetched again, and not used.
      tile->load(lesser(frame, number, frame.add(range.last, -1)));
      tile->store(stage);
    }
    commit();
  }
  for (int64_t i = range.most; i < ahead; ++i)
    commit();

  SmallVector<Value> carried = start();
  size_t sums = carried.size();
  // The stages that are read and filled in a turn.
  carried.push_back(frame.constant(0));
  carried.push_back(frame.constant(ahead));
  auto next = [&](Value stage) {
    Value following = frame.add(stage, 1);
    Value isLast = b.createOrFold<arith::CmpIOp>(
        arith::CmpIPredicate::eq, following, frame.constant(s.stages));
    return b.createOrFold<arith::SelectOp>(isLast, frame.constant(0),
                                           following);
  };
  carried = frame.loop(
      range.first, range.last, 1, carried,
      [&](Value number, ValueRange values) {
        codegen::Evaluator::Scope scope(evaluator);
        Value reads = values[sums], fills = values[sums + 1];
        wait(ahead - 1);
        Value coming = frame.add(number, ahead);
        if (!copied.empty())
          copyIfAny(coming, fills);
        commit();
        for (OperandTile *tile : computed)
          tile->load(lesser(frame, coming, frame.add(range.last, -1)));
        SmallVector<Value> results = multiply(reads, values.take_front(sums));
        for (OperandTile *tile : computed)
          tile->store(fills);
        results.push_back(next(reads));
        results.push_back(next(fills));
        return results;
      });
  carried.resize(sums);
  wait(0);
  return locate(carried);
}

} // namespace mlir::auxact::device
