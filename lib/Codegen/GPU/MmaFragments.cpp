//===- MmaFragments.cpp - Matrix fragments of a warp ----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Which lane reads what.
//
//===----------------------------------------------------------------------===//

#include "MmaFragments.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

namespace mlir::auxact::device {

MmaFragments::MmaFragments(GpuFrame &frame, OperandTile &tile, bool isLeft,
                           Value origin, int64_t extent, Value lane)
    : frame(frame), b(frame.builder()), tile(tile), isLeft(isLeft),
      isTf32(tile.getOptions().element.isF32()), origin(origin), lane(lane),
      row(frame.divide(lane, 4)), quad(frame.remainder(lane, 4)),
      extent(extent) {
  if (tile.isBits())
    prepareChoice();
}

SmallVector<MmaFragments::Registers> MmaFragments::load(Value stage,
                                                        int64_t step) {
  Value base = tile.tile().stage(stage);
  if (tile.isBits())
    return isTf32 ? expandSingles(base, step) : expandPairs(base, step);
  if (isTf32 && tile.contractedFirst())
    return loadElements(base, step);
  return loadMatrices(base, step);
}

/// The nearest tf32 number: the matrix unit itself would cut bits off.
Value MmaFragments::rounded(Value bits) {
  Value number = arith::BitcastOp::create(b, b.getF32Type(), bits);
  return NVVM::ConvertFloatToTF32Op::create(
      b, b.getI32Type(), number, NVVM::FPRoundingMode::RNA,
      NVVM::SaturationMode::NONE, /*relu=*/false);
}

//===----------------------------------------------------------------------===//
// ldmatrix
//===----------------------------------------------------------------------===//

/// Four 8x8 matrices (of 16 bytes a row) at a time: lanes 8i to 8i + 7 say
/// where the rows of matrix i are. Along the factor's own dimension they are
/// one fragment of the left factor, or two of the right one.
SmallVector<MmaFragments::Registers> MmaFragments::loadMatrices(Value base,
                                                                int64_t step) {
  SharedTile &shared = tile.tile();
  bool transposed = tile.contractedFirst();
  Value inMatrix = frame.remainder(lane, 8);
  Value first = frame.remainder(frame.divide(lane, 8), 2);
  Value second = frame.divide(lane, 16);
  // The left factor's registers go down its own dimension first.
  Value free = isLeft ? first : second, depth = isLeft ? second : first;
  int64_t elements = isTf32 ? 1 : 2;
  auto type = VectorType::get({4, elements}, shared.element());
  SmallVector<Registers> fragments;
  for (int64_t at = 0; at < extent; at += 16) {
    Value rowNumber, column;
    if (transposed) {
      rowNumber = frame.add(inMatrix, frame.mul(depth, 8));
      Value chunk = frame.add(frame.divide(origin, 8), frame.add(free, at / 8));
      column = shared.swizzled(rowNumber, chunk);
      rowNumber = frame.add(rowNumber, 16 * step);
    } else {
      rowNumber = frame.add(inMatrix, frame.mul(free, 8));
      // The permutation of a row depends on its number below 8 only.
      column = shared.swizzled(
          inMatrix, exclusiveOr(frame, depth, frame.constant(2 * step)));
      rowNumber = frame.add(frame.add(origin, rowNumber), at);
    }
    Value place = frame.add(
        base, frame.add(frame.mul(rowNumber, shared.columns()), column));
    Value loaded = nvgpu::LdMatrixOp::create(b, type, shared.memory(),
                                             ValueRange{place}, transposed, 4);
    Registers registers;
    for (int64_t i = 0; i < 4; ++i) {
      Value pair = vector::ExtractOp::create(b, loaded, i);
      Value whole = vector::BitCastOp::create(
          b, VectorType::get({1}, b.getI32Type()), pair);
      Value bits = vector::ExtractOp::create(b, whole, int64_t(0));
      registers.push_back(isTf32 ? rounded(bits) : bits);
    }
    if (isLeft) {
      fragments.push_back(registers);
    } else {
      fragments.push_back({registers[0], registers[1]});
      fragments.push_back({registers[2], registers[3]});
    }
  }
  return fragments;
}

/// ldmatrix transposes 16-bit elements only.
SmallVector<MmaFragments::Registers> MmaFragments::loadElements(Value base,
                                                                int64_t step) {
  SharedTile &shared = tile.tile();
  SmallVector<Registers> fragments;
  for (int64_t at = 0; at < extent; at += perFragment()) {
    Registers registers;
    for (int64_t i = 0; i < (isLeft ? 4 : 2); ++i) {
      int64_t down = isLeft ? 8 * (i % 2) : 0;
      int64_t along = 8 * step + 4 * (isLeft ? i / 2 : i);
      Value depth = frame.add(quad, along);
      // Chunks of four: the permutation of a row depends on the quad only.
      Value free = frame.add(frame.add(origin, row), at + down);
      Value chunk = frame.divide(free, 4);
      Value column =
          frame.add(shared.swizzled(quad, chunk), frame.remainder(row, 4));
      Value place = frame.add(
          base, frame.add(frame.mul(depth, shared.columns()), column));
      Value number =
          memref::LoadOp::create(b, shared.memory(), ValueRange{place});
      registers.push_back(
          rounded(arith::BitcastOp::create(b, b.getI32Type(), number)));
    }
    fragments.push_back(registers);
  }
  return fragments;
}

//===----------------------------------------------------------------------===//
// Numbers out of bits
//===----------------------------------------------------------------------===//

Value MmaFragments::constant32(int64_t value) {
  return arith::ConstantOp::create(
      b, b.getIntegerAttr(b.getI32Type(), static_cast<int32_t>(value)));
}

Value MmaFragments::shiftLeft(Value value, int64_t bits) {
  return bits == 0 ? value : arith::ShLIOp::create(b, value, constant32(bits));
}

/// What constants and operations on them come to.
static std::optional<APFloat> knownNumber(Value value) {
  Operation *def = value.getDefiningOp();
  if (!def || def->getNumResults() != 1)
    return std::nullopt;
  std::function<Attribute(Value)> fold = [&](Value operand) -> Attribute {
    Attribute constant;
    if (matchPattern(operand, m_Constant(&constant)))
      return constant;
    Operation *inner = operand.getDefiningOp();
    if (!inner || inner->getNumRegions() != 0)
      return {};
    SmallVector<Attribute> operands;
    for (Value input : inner->getOperands())
      operands.push_back(fold(input));
    SmallVector<OpFoldResult> results;
    if (failed(inner->fold(operands, results)) || results.empty())
      return {};
    if (auto attribute = dyn_cast<Attribute>(results[0]))
      return attribute;
    return fold(cast<Value>(results[0]));
  };
  if (auto number = dyn_cast_or_null<FloatAttr>(fold(value)))
    return number.getValue();
  return std::nullopt;
}

void MmaFragments::prepareChoice() {
  const BitChoice &choice = tile.choice();
  auto asWord = [&](Value number) -> Value {
    if (isTf32)
      return rounded(arith::BitcastOp::create(b, b.getI32Type(), number));
    Value bits = arith::ExtUIOp::create(
        b, b.getI32Type(), arith::BitcastOp::create(b, b.getI16Type(), number));
    return arith::OrIOp::create(b, bits, shiftLeft(bits, 16));
  };
  low = asWord(choice.low);
  difference = arith::XOrIOp::create(b, asWord(choice.high), low);
  auto highNumber = knownNumber(choice.high),
       lowNumber = knownNumber(choice.low);
  onlySignDiffers =
      highNumber && lowNumber && highNumber->bitwiseIsEqual(neg(*lowNumber));
  // A row of the quad's eight bits is shifted to a byte's highest bit.
  position = arith::IndexCastOp::create(
      b, b.getI32Type(), arith::SubIOp::create(b, frame.constant(7), row));
}

/// Word `group` of the warp's part of the bits of one row of the factor.
Value MmaFragments::word(Value base, Value depth, int64_t group) {
  SharedTile &shared = tile.tile();
  Value column = frame.add(frame.divide(origin, 8), 4 * group);
  Value place =
      frame.add(base, frame.add(frame.mul(depth, shared.columns()), column));
  return loadSharedWord(frame, shared.memory(), place);
}

/// bf16. A register holds rows 2t and 2t + 1 of the contracted dimension, and
/// lane 4g + t has them of place g of each eight. So two rows' words are
/// interleaved by halves, and place g of every second byte comes to the highest
/// bits of both halves by one shift.
SmallVector<MmaFragments::Registers> MmaFragments::expandPairs(Value base,
                                                               int64_t step) {
  SmallVector<Registers> fragments(extent / perFragment());
  Value halves = constant32(0x0000ffff), others = constant32(-0x10000);
  Value signs = constant32(int32_t(0x80008000));
  auto number = [&](Value shifted) -> Value {
    Value bits = arith::AndIOp::create(b, shifted, signs);
    if (!onlySignDiffers) {
      bits = arith::ShRUIOp::create(b, bits, constant32(15));
      bits = arith::MulIOp::create(b, bits, constant32(0xffff));
      bits = arith::AndIOp::create(b, bits, difference);
    }
    return arith::XOrIOp::create(b, bits, low);
  };
  for (int64_t group = 0; group < extent / 32; ++group)
    for (int64_t half = 0; half < 2; ++half) {
      Value depth = frame.add(frame.mul(quad, 2), 16 * step + 8 * half);
      Value even = word(base, depth, group);
      Value odd = word(base, frame.add(depth, 1), group);
      Value first = arith::OrIOp::create(
          b, arith::AndIOp::create(b, even, halves), shiftLeft(odd, 16));
      Value second = arith::OrIOp::create(
          b, arith::ShRUIOp::create(b, even, constant32(16)),
          arith::AndIOp::create(b, odd, others));
      SmallVector<Value, 4> eights;
      for (Value words : {first, second}) {
        Value shifted = arith::ShLIOp::create(b, words, position);
        eights.push_back(number(shiftLeft(shifted, 8)));
        eights.push_back(number(shifted));
      }
      for (int64_t i = 0; i < 4; ++i)
        fragments[isLeft ? 2 * group + i / 2 : 4 * group + i].push_back(
            eights[i]);
    }
  return fragments;
}

/// tf32. A register holds one number: lane 4g + t has row t (or t + 4) at place
/// g of each eight.
SmallVector<MmaFragments::Registers> MmaFragments::expandSingles(Value base,
                                                                 int64_t step) {
  SmallVector<Registers> fragments(extent / perFragment());
  auto number = [&](Value shifted) -> Value {
    if (onlySignDiffers)
      return arith::XOrIOp::create(
          b, arith::AndIOp::create(b, shifted, constant32(int32_t(0x80000000))),
          low);
    Value mask = arith::ShRSIOp::create(b, shifted, constant32(31));
    return arith::XOrIOp::create(b, arith::AndIOp::create(b, mask, difference),
                                 low);
  };
  for (int64_t group = 0; group < extent / 32; ++group)
    for (int64_t half = 0; half < 2; ++half) {
      Value words = word(base, frame.add(quad, 8 * step + 4 * half), group);
      Value shifted = arith::ShLIOp::create(b, words, position);
      for (int64_t i = 0; i < 4; ++i)
        fragments[isLeft ? 2 * group + i / 2 : 4 * group + i].push_back(
            number(shiftLeft(shifted, 24 - 8 * i)));
    }
  return fragments;
}

} // namespace mlir::auxact::device
