//===- ElementLoop.cpp - All elements of a part of a matrix ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Which lane has which element in which turn.
//
//===----------------------------------------------------------------------===//

#include "ElementLoop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::device {

using codegen::Index;
using codegen::KernelResult;
using codegen::Position;
using llvm::divideCeil;

int64_t elementWidth(int64_t columns) {
  return columns % 4 == 0 ? 4 : columns % 2 == 0 ? 2 : 1;
}

int64_t ElementLoop::lanesPerRow() const {
  int64_t wanted = llvm::PowerOf2Ceil(divideCeil(columns, width));
  int64_t least = packs ? warpSize / width : 1;
  return std::min<int64_t>(std::max<int64_t>(wanted, least), warpSize);
}

int64_t ElementLoop::turns() const {
  int64_t lanes = lanesPerRow();
  return divideCeil(rows, warpSize / lanes) *
         divideCeil(columns, lanes * width);
}

ElementPlace ElementLoop::locate(GpuFrame &frame, Value turn) const {
  ImplicitLocOpBuilder &b = frame.builder();
  int64_t lanes = lanesPerRow(), rowsPerTurn = warpSize / lanes;
  int64_t across = divideCeil(columns, lanes * width);
  ElementPlace place;
  place.localRow = frame.add(frame.mul(frame.divide(turn, across), rowsPerTurn),
                             frame.divide(frame.lane(), lanes));
  place.localColumn =
      frame.add(frame.mul(frame.remainder(turn, across), lanes * width),
                frame.mul(frame.remainder(frame.lane(), lanes), width));
  auto require = [&](Value index, int64_t extent) {
    Value inside = frame.less(index, frame.constant(extent));
    place.valid = place.valid
                      ? b.createOrFold<arith::AndIOp>(place.valid, inside)
                      : inside;
  };
  // Of the part, where its size is no whole number of turns.
  int64_t turnCount = turns();
  if (turnCount % (workers * unroll) != 0 || rows % rowsPerTurn != 0)
    require(place.localRow, rows);
  if (columns % (lanes * width) != 0)
    require(place.localColumn, columns);
  Value row = place.localRow, column = place.localColumn;
  if (rowOrigin)
    row = frame.add(rowOrigin, row);
  if (columnOrigin)
    column = frame.add(columnOrigin, column);
  if (rowOrigin && rowBound % rows != 0)
    require(row, rowBound);
  if (columnOrigin && columnBound % columns != 0)
    require(column, columnBound);
  if (place.valid) {
    Value zero = frame.constant(0);
    row = b.createOrFold<arith::SelectOp>(place.valid, row, zero);
    column = b.createOrFold<arith::SelectOp>(place.valid, column, zero);
    place.localRow =
        b.createOrFold<arith::SelectOp>(place.valid, place.localRow, zero);
    place.localColumn =
        b.createOrFold<arith::SelectOp>(place.valid, place.localColumn, zero);
  }
  SmallVectorImpl<Index> &indices = place.position.indices;
  if (batch)
    indices.push_back(Index{batch, 0});
  if (rank == 3) {
    indices.push_back(Index{frame.divide(row, matrixRows), 0});
    row = frame.remainder(row, matrixRows);
  }
  if (rank >= 2)
    indices.push_back(Index{row, 0});
  indices.push_back(Index{column, 0});
  if (width > 1) {
    place.position.lane = indices.size() - 1;
    place.position.width = place.position.active = width;
  }
  return place;
}

void ElementLoop::emit(GpuFrame &frame, codegen::Evaluator &evaluator,
                       Body compute, Body store) const {
  frame.loop(worker, frame.constant(turns()), workers * unroll,
             [&](Value first) {
               codegen::Evaluator::Scope scope(evaluator);
               SmallVector<ElementPlace> places;
               for (int64_t i = 0; i < unroll; ++i)
                 places.push_back(locate(frame, frame.add(first, i * workers)));
               for (const ElementPlace &place : places)
                 compute(place);
               for (const ElementPlace &place : places)
                 store(place);
             });
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

static void compute(codegen::Evaluator &evaluator,
                    ArrayRef<KernelResult> results, const ElementPlace &place) {
  for (const KernelResult &result : results)
    evaluator.at(result.tensor, place.position);
}

static void storeWhole(codegen::Evaluator &evaluator,
                       ArrayRef<KernelResult> results,
                       const ElementPlace &place) {
  for (const KernelResult &result : results)
    if (!result.packed)
      evaluator.store(result, place.position);
}

static Value bitsOf(codegen::Evaluator &evaluator, const KernelResult &result,
                    const ElementPlace &place) {
  return place.position.width > 1
             ? evaluator.vectorAt(result.tensor, place.position)
             : evaluator.at(result.tensor, place.position);
}

/// Stores what was computed, where that is inside.
static void store(GpuFrame &frame, GpuEvaluator &evaluator,
                  ArrayRef<KernelResult> results, const ElementPlace &place) {
  ImplicitLocOpBuilder &b = frame.builder();
  auto whole = [&] { storeWhole(evaluator, results, place); };
  if (place.valid)
    frame.branch(place.valid, [&] {
      codegen::Evaluator::Scope scope(evaluator);
      whole();
    });
  else
    whole();
  // All lanes vote, those outside for zero.
  for (const KernelResult &result : results) {
    if (!result.packed)
      continue;
    Value bits = bitsOf(evaluator, result, place);
    if (place.valid) {
      Value none = arith::ConstantOp::create(b, b.getZeroAttr(bits.getType()));
      bits = arith::SelectOp::create(b, place.valid, bits, none);
    }
    evaluator.storePackedBits(bits, result, place.position, place.valid);
  }
}

/// Computes and stores only where that is inside.
static void computeInside(GpuFrame &frame, GpuEvaluator &evaluator,
                          ArrayRef<KernelResult> results,
                          const ElementPlace &place, ElementLoop::Body bind) {
  ImplicitLocOpBuilder &b = frame.builder();
  SmallVector<KernelResult> packed;
  for (const KernelResult &result : results)
    if (result.packed)
      packed.push_back(result);
  SmallVector<Type> types;
  for (const KernelResult &result : packed) {
    Type type = b.getIntegerType(result.getBits());
    if (place.position.width > 1)
      type = VectorType::get({place.position.width}, type);
    types.push_back(type);
  }
  auto ifOp = scf::IfOp::create(b, types, place.valid, !packed.empty());
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifOp.thenBlock());
    codegen::Evaluator::Scope scope(evaluator);
    bind(place);
    compute(evaluator, results, place);
    storeWhole(evaluator, results, place);
    if (packed.empty())
      return;
    SmallVector<Value> bits;
    for (const KernelResult &result : packed)
      bits.push_back(bitsOf(evaluator, result, place));
    scf::YieldOp::create(b, bits);
    b.setInsertionPointToStart(ifOp.elseBlock());
    SmallVector<Value> none;
    for (Type type : types)
      none.push_back(arith::ConstantOp::create(b, b.getZeroAttr(type)));
    scf::YieldOp::create(b, none);
  }
  for (auto [result, bits] : llvm::zip_equal(packed, ifOp.getResults()))
    evaluator.storePackedBits(bits, result, place.position, place.valid);
}

/// Whether a result may be stored over what another thread reads.
static bool mayOverwrite(func::FuncOp kernel, ArrayRef<KernelResult> results) {
  return llvm::any_of(results, [&](const KernelResult &result) {
    return llvm::is_contained(kernel.getArgumentTypes(),
                              kernel.getResultTypes()[result.number]);
  });
}

void emitResults(GpuFrame &frame, GpuEvaluator &evaluator,
                 const ElementLoop &loop, ArrayRef<KernelResult> results,
                 ElementLoop::Body bind) {
  if (results.empty())
    return;
  // State is updated in place: nobody may read it but who writes it.
  bool inPlace = mayOverwrite(frame.getSource(), results);
  loop.emit(
      frame, evaluator,
      [&](const ElementPlace &place) {
        if (inPlace && place.valid)
          return;
        bind(place);
        compute(evaluator, results, place);
      },
      [&](const ElementPlace &place) {
        if (inPlace && place.valid)
          computeInside(frame, evaluator, results, place, bind);
        else
          store(frame, evaluator, results, place);
      });
}

} // namespace mlir::auxact::device
