//===- ContractionTile.cpp - The register tile of a contraction -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The inner loop: every accumulator stays in a register from the first to the
// last step of a block of K. Then the epilogue, on the accumulators.
//
//===----------------------------------------------------------------------===//

#include "ContractionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact::cpu {

/// Element (row + i, k) of A, k relative to the block.
Value ContractionEmitter::loadA(const KBlock &block, Value row, Value localRow,
                                int64_t i, Value k) {
  if (c.a.contractedFirst && !s.packA)
    return memref::LoadOp::create(
        b, frame.buffer(cast<BlockArgument>(c.a.tensor)),
        indicesIn(c.a, frame.add(block.from, k), frame.add(row, i)));
  if (c.a.contractedFirst)
    return memref::LoadOp::create(
        b, packedA,
        ValueRange{frame.divide(localRow, s.tileRows), k, frame.constant(i)});
  if (s.packA)
    return memref::LoadOp::create(b, packedA,
                                  ValueRange{frame.add(localRow, i), k});
  return memref::LoadOp::create(
      b, frame.buffer(cast<BlockArgument>(c.a.tensor)),
      indicesIn(c.a, frame.add(row, i), frame.add(block.from, k)));
}

/// One element in all lanes, in float32. A bf16 is twice in a lane, and what is
/// in the lower half is shifted out: no detour by way of a scalar register.
Value ContractionEmitter::broadcast(Value element) {
  auto type = VectorType::get({s.width}, b.getF32Type());
  if (element.getType().isF32())
    return vector::BroadcastOp::create(b, type, element);
  Value halves = vector::BroadcastOp::create(
      b, VectorType::get({2 * s.width}, element.getType()), element);
  auto words = VectorType::get({s.width}, b.getI32Type());
  Value sixteen = arith::ConstantOp::create(
      b, DenseElementsAttr::get(words, b.getI32IntegerAttr(16)));
  Value shifted = arith::ShLIOp::create(
      b, vector::BitCastOp::create(b, words, halves), sixteen);
  return arith::BitcastOp::create(b, type, shifted);
}

void ContractionEmitter::emitTile(const KBlock &block, const Panel &panel,
                                  Value row, Value localRow, int64_t rows) {
  int64_t vectors = panel.vectors(s.width);
  auto type = VectorType::get({s.width}, b.getF32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  SmallVector<Value> sums(rows * vectors, zero);
  SmallVector<Value> columns;
  if (!s.packB)
    columns = columnsOf(panel);
  auto rowOfB = [&](Value k) {
    SmallVector<Value> bs;
    Value inK;
    if (!s.packB) {
      inK = frame.add(block.from, k);
      findDigits(c.b, 0, inK, /*divisor=*/0);
    }
    for (int64_t j = 0; j < vectors; ++j)
      bs.push_back(
          s.packB ? Value(vector::LoadOp::create(
                        b, type, packedB,
                        ValueRange{panel.slot, k, frame.constant(j * s.width)}))
                  : elementsOfB(panel, columns, inK, j, {}));
    return bs;
  };
  auto step = [&](Value k, MutableArrayRef<Value> sums) {
    SmallVector<Value> bs = rowOfB(k);
    for (int64_t i = 0; i < rows; ++i) {
      Value a = broadcast(loadA(block, row, localRow, i, k));
      for (int64_t j = 0; j < vectors; ++j) {
        Value &sum = sums[i * vectors + j];
        sum = vector::FMAOp::create(b, a, bs[j], sum);
      }
    }
  };
  auto steps = [&](Value from, Value to, int64_t unroll) {
    sums = frame.loop(from, to, unroll, sums, [&](Value k, ValueRange carried) {
      VectorEvaluator::Scope scope(evaluator);
      SmallVector<Value> next(carried);
      for (int64_t u = 0; u < unroll; ++u)
        step(frame.add(k, u), next);
      return next;
    });
  };
  // The block is a multiple of the unrolled steps but for the end of K.
  Value whole = block.count;
  if (c.k % s.kUnroll != 0)
    whole = frame.mul(frame.divide(block.count, s.kUnroll), s.kUnroll);
  steps(frame.constant(0), whole, s.kUnroll);
  if (c.k % s.kUnroll != 0)
    steps(whole, block.count, 1);
  finishTile(block, panel, row, rows, sums);
}

/// Partial sum (row + i, vector j): loaded if `value` is null, else stored.
Value ContractionEmitter::partialAt(const Panel &panel, Value row, int64_t i,
                                    int64_t j, Value value) {
  Value column = panel.start;
  if (!partialIsResult) {
    row =
        b.createOrFold<arith::SubIOp>(row, frame.mul(taskUnits.from, rowUnit));
    column = b.createOrFold<arith::SubIOp>(
        column, frame.mul(panels.from, s.tileColumns()));
  }
  SmallVector<Value> at{frame.add(row, i), frame.add(column, j * s.width)};
  if (partialIsResult && c.batch == Contraction::ParallelBatch)
    at.insert(at.begin(), batch);
  int64_t active = partialIsResult
                       ? std::min(s.width, panel.columns - j * s.width)
                       : s.width;
  auto type = VectorType::get({s.width}, b.getF32Type());
  Value mask = active == s.width ? Value() : evaluator.mask(s.width, active);
  if (value) {
    if (mask)
      vector::MaskedStoreOp::create(b, partial, at, mask, value);
    else
      vector::StoreOp::create(b, value, partial, at);
    return {};
  }
  if (!mask)
    return vector::LoadOp::create(b, type, partial, at);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, type, partial, at, mask, zero);
}

void ContractionEmitter::finishTile(const KBlock &block, const Panel &panel,
                                    Value row, int64_t rows,
                                    MutableArrayRef<Value> sums) {
  if (kBlocks == 1)
    return storeEpilogue(panel, row, rows, sums);
  int64_t vectors = panel.vectors(s.width);
  auto ifFirst =
      scf::IfOp::create(b, TypeRange(ValueRange(sums)), block.isFirst,
                        /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifFirst.thenBlock());
    scf::YieldOp::create(b, sums);
    b.setInsertionPointToStart(ifFirst.elseBlock());
    VectorEvaluator::Scope scope(evaluator);
    SmallVector<Value> totals;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < vectors; ++j)
        totals.push_back(arith::AddFOp::create(
            b, partialAt(panel, row, i, j, {}), sums[i * vectors + j]));
    scf::YieldOp::create(b, totals);
  }
  SmallVector<Value> totals(ifFirst.getResults());
  frame.branch(
      block.isLast,
      [&] {
        VectorEvaluator::Scope scope(evaluator);
        storeEpilogue(panel, row, rows, totals);
      },
      [&] {
        for (int64_t i = 0; i < rows; ++i)
          for (int64_t j = 0; j < vectors; ++j)
            partialAt(panel, row, i, j, totals[i * vectors + j]);
      });
}

void ContractionEmitter::storeEpilogue(const Panel &panel, Value row,
                                       int64_t rows, ArrayRef<Value> sums) {
  int64_t vectors = panel.vectors(s.width);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < vectors; ++j) {
      ContractionOperand sum{c.op->getResult(0), /*contractedFirst=*/false,
                             c.batch == Contraction::ParallelBatch};
      Position position =
          placeIn(sum, Index{row, i}, Index{panel.start, j * s.width},
                  std::min(s.width, panel.columns - j * s.width));
      evaluator.bind(sum.tensor, position, sums[i * vectors + j]);
      for (const KernelResult &result : epilogue)
        evaluator.at(result.tensor, position);
      for (const KernelResult &result : epilogue)
        evaluator.store(result, position);
    }
}

} // namespace mlir::auxact::cpu
