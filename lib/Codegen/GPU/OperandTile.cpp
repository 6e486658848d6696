//===- OperandTile.cpp - How a factor gets into shared memory -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Which thread moves what, and what is zero because it lies outside.
//
//===----------------------------------------------------------------------===//

#include "OperandTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::device {

using codegen::Index;
using codegen::Position;

/// The largest power of two that divides both, at most `most`.
static int64_t commonPower(int64_t lhs, int64_t rhs, int64_t most) {
  int64_t power = 1;
  while (2 * power <= most && lhs % (2 * power) == 0 && rhs % (2 * power) == 0)
    power *= 2;
  return power;
}

OperandTile::OperandTile(GpuFrame &frame, codegen::Evaluator &evaluator,
                         const OperandTileOptions &options)
    : frame(frame), b(frame.builder()), evaluator(evaluator), options(options) {
  bool depthFirst = options.operand.contractedFirst;
  rowExtent = depthFirst ? options.depthExtent : options.freeExtent;
  rowTile = depthFirst ? options.depthTile : options.freeTile;
  columnExtent = depthFirst ? options.freeExtent : options.depthExtent;
  columnTile = depthFirst ? options.freeTile : options.depthTile;
  stored = options.element;
  if (options.choice) {
    kind = Kind::Bits;
    buffer = frame.buffer(options.choice->bits);
    stored = b.getI8Type();
    columnExtent = cast<MemRefType>(buffer.getType()).getShape().back();
    columnTile /= 8;
  } else if (auto argument = dyn_cast<BlockArgument>(options.operand.tensor)) {
    kind = Kind::Copied;
    buffer = frame.buffer(argument);
    if (cast<MemRefType>(buffer.getType()).getElementType() != stored)
      kind = Kind::Computed;
  } else {
    kind = Kind::Computed;
  }
  int64_t bytes = stored.getIntOrFloatBitWidth() / 8;
  width = commonPower(columnExtent, columnTile, 16 / bytes);
  // The smallest asynchronous copy has 4 bytes.
  if (width * bytes < 4)
    kind = Kind::Computed;
}

int64_t OperandTile::bytes() const {
  return SharedTile::bytes(options.stages, rowTile, columnTile, stored);
}

void OperandTile::place(int64_t offset) {
  Swizzle swizzle = kind == Kind::Bits  ? Swizzle::None
                    : contractedFirst() ? options.transposedSwizzle
                                        : options.swizzle;
  shared = SharedTile(frame, offset, options.stages, rowTile, columnTile,
                      stored, swizzle);
}

/// Threads that follow each other take pieces of a row that follow each other;
/// `first` is the piece of thread 0.
OperandTile::Piece OperandTile::pieceFrom(int64_t first) {
  int64_t perRow = columnTile / width, total = rowTile * perRow;
  Piece piece;
  if (perRow >= options.threads) {
    piece.row = frame.constant(first / perRow);
    piece.column = frame.mul(frame.add(options.thread, first % perRow), width);
  } else {
    piece.row = frame.add(frame.divide(options.thread, perRow), first / perRow);
    piece.column = frame.mul(frame.remainder(options.thread, perRow), width);
  }
  if (total < options.threads)
    piece.exists = frame.less(options.thread, frame.constant(total));
  return piece;
}

SmallVector<OperandTile::Piece> OperandTile::pieces() {
  SmallVector<Piece> result;
  for (int64_t first = 0; first < rowTile * columnTile / width;
       first += options.threads)
    result.push_back(pieceFrom(first));
  return result;
}

OperandTile::Place OperandTile::locate(const Piece &piece, Value number) {
  Place place;
  place.batch = options.batch;
  if (options.operand.batched && !options.batch) {
    int64_t tiles = llvm::divideCeil(options.depthExtent, options.depthTile);
    place.batch = frame.divide(number, tiles);
    number = frame.remainder(number, tiles);
  }
  Value depth = frame.mul(number, options.depthTile);
  Value free = options.freeOrigin;
  if (kind == Kind::Bits)
    free = frame.divide(free, 8);
  bool depthFirst = contractedFirst();
  place.row = frame.add(depthFirst ? depth : free, piece.row);
  place.column = frame.add(depthFirst ? free : depth, piece.column);
  place.valid = piece.exists;
  auto require = [&](Value index, int64_t extent) {
    Value inside = frame.less(index, frame.constant(extent));
    place.valid = place.valid
                      ? b.createOrFold<arith::AndIOp>(place.valid, inside)
                      : inside;
  };
  if (rowExtent % rowTile != 0)
    require(place.row, rowExtent);
  if (columnExtent % columnTile != 0)
    require(place.column, columnExtent);
  if (!place.valid)
    return place;
  // Whatever is not there is read where something is, and made zero.
  Value zero = frame.constant(0);
  place.row = b.createOrFold<arith::SelectOp>(place.valid, place.row, zero);
  place.column =
      b.createOrFold<arith::SelectOp>(place.valid, place.column, zero);
  return place;
}

void OperandTile::copy(Value number, Value stage) {
  Value base = shared.stage(stage);
  auto copyPiece = [&](const Piece &piece) {
    Place place = locate(piece, number);
    Value elements;
    if (place.valid)
      elements = b.createOrFold<arith::SelectOp>(
          place.valid, frame.constant(width), frame.constant(0));
    bool whole = width * stored.getIntOrFloatBitWidth() == 128;
    nvgpu::DeviceAsyncCopyOp::create(
        b, nvgpu::DeviceAsyncTokenType::get(b.getContext()), shared.memory(),
        shared.at(base, piece.row, piece.column), buffer, place.indices(),
        b.getIndexAttr(width), elements, whole ? b.getUnitAttr() : UnitAttr());
  };
  for (const Piece &piece : pieces())
    if (piece.exists)
      frame.branch(piece.exists, [&] { copyPiece(piece); });
    else
      copyPiece(piece);
}

void OperandTile::load(Value number) {
  loaded.clear();
  for (const Piece &piece : pieces()) {
    Place place = locate(piece, number);
    Position position;
    for (Value index : place.indices())
      position.indices.push_back({index});
    if (width > 1) {
      position.lane = position.indices.size() - 1;
      position.width = position.active = width;
    }
    Value elements = evaluator.at(options.operand.tensor, position);
    if (width > 1)
      elements = evaluator.splat(elements, width);
    if (getElementTypeOrSelf(elements.getType()) != stored) {
      Type type = stored;
      if (width > 1)
        type = VectorType::get({width}, stored);
      elements = arith::ExtFOp::create(b, type, elements);
    }
    if (place.valid)
      elements = arith::SelectOp::create(
          b, place.valid, elements,
          arith::ConstantOp::create(b, b.getZeroAttr(elements.getType())));
    loaded.push_back(elements);
  }
}

void OperandTile::store(Value stage) {
  Value base = shared.stage(stage);
  for (auto [piece, value] : llvm::zip_equal(pieces(), loaded)) {
    Value place = shared.at(base, piece.row, piece.column);
    Value elements = value;
    if (piece.exists)
      frame.branch(piece.exists, [&] {
        storeShared(frame, elements, shared.memory(), place);
      });
    else
      storeShared(frame, elements, shared.memory(), place);
  }
}

//===----------------------------------------------------------------------===//
// Factors that are bits
//===----------------------------------------------------------------------===//

/// The one `unpack_bits` of an argument that `factor` is computed from, where
/// it is computed from nothing else but scalars, element by element.
static Operation *findBits(Value factor, int depth = 0) {
  Operation *def = factor.getDefiningOp();
  if (!def || depth > 8)
    return nullptr;
  if (codegen::isUnpackBits(def))
    return isa<BlockArgument>(def->getOperand(0)) &&
                   getElementTypeOrSelf(factor.getType()).isInteger(1)
               ? def
               : nullptr;
  auto generic = dyn_cast<linalg::LinalgOp>(def);
  if (!generic || generic.getNumReductionLoops() > 0)
    return nullptr;
  for (Operation &inner : *generic.getBlock())
    if (isa<linalg::IndexOp>(inner))
      return nullptr;
  Operation *found = nullptr;
  for (OpOperand *input : generic.getDpsInputOperands()) {
    auto type = dyn_cast<RankedTensorType>(input->get().getType());
    if (!type || type.getRank() == 0)
      continue;
    if (!generic.getMatchingIndexingMap(input).isIdentity())
      return nullptr;
    Operation *bits = findBits(input->get(), depth + 1);
    if (!bits || (found && found != bits))
      return nullptr;
    found = bits;
  }
  return found;
}

std::optional<BitChoice> matchBitChoice(codegen::Evaluator &evaluator,
                                        ImplicitLocOpBuilder &b, Value factor) {
  Operation *bits = findBits(factor);
  if (!bits)
    return std::nullopt;
  BitChoice choice;
  choice.bits = cast<BlockArgument>(bits->getOperand(0));
  Position origin;
  origin.indices.assign(cast<RankedTensorType>(factor.getType()).getRank(),
                        Index());
  auto evaluate = [&](bool bit) {
    codegen::Evaluator::Scope scope(evaluator);
    evaluator.bind(bits->getResult(0), origin,
                   arith::ConstantOp::create(b, b.getBoolAttr(bit)));
    return evaluator.at(factor, origin);
  };
  choice.high = evaluate(true);
  choice.low = evaluate(false);
  return choice;
}

} // namespace mlir::auxact::device
