//===- GpuEvaluator.cpp - A thread's elements from and to memory ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Wide accesses, and bits packed across the lanes of a warp.
//
//===----------------------------------------------------------------------===//

#include "GpuEvaluator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::device {

using codegen::Index;
using codegen::KernelResult;
using codegen::Position;

/// Bits that are packed are stored by the word.
constexpr int64_t wordBits = 32;

/// Bytes that a vector at `position` is aligned to; 0 where elements must go
/// one by one.
static int64_t vectorAlignment(MemRefType type, const Position &position) {
  if (position.active != position.width || !position.aligned ||
      (type.getRank() > 1 && type.getShape().back() % position.width != 0))
    return 0;
  int64_t bytes =
      position.width * type.getElementType().getIntOrFloatBitWidth() / 8;
  return std::min<int64_t>(bytes, 16);
}

static Position laneAt(const Position &position, int64_t i) {
  Position place = position;
  place.indices[place.lane].offset += i;
  place.lane = -1;
  return place;
}

Value GpuEvaluator::loadVector(Value buffer, const Position &position) {
  auto type = cast<MemRefType>(buffer.getType());
  int64_t alignment = vectorAlignment(type, position);
  if (alignment == 0)
    return gather(position, type.getElementType(), [&](const Position &place) {
      return Value(
          memref::LoadOp::create(b, buffer, materialize(place.indices)));
    });
  return vector::LoadOp::create(
      b, VectorType::get({position.width}, type.getElementType()), buffer,
      materialize(position.indices), /*nontemporal=*/false,
      llvm::MaybeAlign(alignment));
}

void GpuEvaluator::storeVector(Value elements, Value buffer,
                               const Position &position) {
  int64_t alignment =
      vectorAlignment(cast<MemRefType>(buffer.getType()), position);
  if (alignment != 0) {
    vector::StoreOp::create(b, elements, buffer, materialize(position.indices),
                            /*nontemporal=*/false, llvm::MaybeAlign(alignment));
    return;
  }
  for (int64_t i = 0; i < position.active; ++i)
    memref::StoreOp::create(b, vector::ExtractOp::create(b, elements, i),
                            buffer, materialize(laneAt(position, i).indices));
}

//===----------------------------------------------------------------------===//
// Bits
//===----------------------------------------------------------------------===//

/// The byte (or up to four) that holds the elements is loaded once and shifted.
Value GpuEvaluator::loadBitVector(Value bytes, const Position &position,
                                  IntegerType element) {
  int64_t size = element.getWidth(), perByte = 8 / size;
  int64_t width = position.width * size;
  if (width > 32 || 32 % width != 0)
    return gather(position, element, [&](const Position &place) {
      return loadBit(bytes, place.indices, element);
    });
  SmallVector<Value, 3> indices = materialize(position.indices);
  Value first = indices.back();
  indices.back() = frame.divide(first, perByte);
  int64_t count = std::max<int64_t>(width / 8, 1);
  Value word = vector::LoadOp::create(
      b, VectorType::get({count}, b.getI8Type()), bytes, indices,
      /*nontemporal=*/false, llvm::MaybeAlign(count));
  Type wordType = b.getIntegerType(count * 8);
  word = vector::BitCastOp::create(b, VectorType::get({1}, wordType), word);
  word = vector::ExtractOp::create(b, word, 0);
  if (!wordType.isInteger(32))
    word = arith::ExtUIOp::create(b, b.getI32Type(), word);
  if (width < 8) {
    Value shift = arith::IndexCastOp::create(
        b, b.getI32Type(), frame.mul(frame.remainder(first, perByte), size));
    word = arith::ShRUIOp::create(b, word, shift);
  }
  auto type = VectorType::get({position.width}, element);
  Value elements = arith::ConstantOp::create(b, b.getZeroAttr(type));
  for (int64_t i = 0; i < position.width; ++i) {
    Value shift = arith::ConstantIntOp::create(b, b.getI32Type(), i * size);
    Value bits = arith::TruncIOp::create(
        b, element, arith::ShRUIOp::create(b, word, shift));
    elements = vector::InsertOp::create(b, bits, elements, i);
  }
  return elements;
}

/// One bit a lane is what a ballot gives. Lanes with several bits each shift
/// theirs to their place in the word and combine by shuffles, which costs less
/// than a ballot a bit and spreading the ballots' bits apart.
Value GpuEvaluator::packAcrossLanes(Value elements) {
  Type i32 = b.getI32Type();
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(b, i32, value);
  };
  Value all = number(-1);
  auto type = dyn_cast<VectorType>(elements.getType());
  int64_t count = type ? type.getNumElements() : 1;
  int64_t size =
      getElementTypeOrSelf(elements.getType()).getIntOrFloatBitWidth();
  auto element = [&](int64_t i) -> Value {
    return type ? vector::ExtractOp::create(b, elements, i).getResult()
                : elements;
  };
  if (count == 1 && size == 1)
    return NVVM::VoteSyncOp::create(b, i32, all, element(0),
                                    NVVM::VoteSyncKind::ballot);
  Value word;
  for (int64_t i = 0; i < count; ++i) {
    Value bits = arith::ExtUIOp::create(b, i32, element(i));
    if (i > 0)
      bits = arith::ShLIOp::create(b, bits, number(i * size));
    word = word ? arith::OrIOp::create(b, word, bits) : bits;
  }
  int64_t width = count * size, lanes = wordBits / width;
  Value place = frame.mul(frame.remainder(gpuFrame.lane(), lanes), width);
  word =
      arith::ShLIOp::create(b, word, arith::IndexCastOp::create(b, i32, place));
  for (int64_t distance = 1; distance < lanes; distance *= 2) {
    Value other = NVVM::ShflOp::create(b, i32, all, word, number(distance),
                                       number(warpSize - 1),
                                       NVVM::ShflKind::bfly, UnitAttr());
    word = arith::OrIOp::create(b, word, other);
  }
  return word;
}

void GpuEvaluator::storePackedBits(Value bits, const KernelResult &result,
                                   const Position &position, Value guard) {
  Value word = packAcrossLanes(bits);
  int64_t size = result.getBits();
  int64_t lanes = wordBits / (position.width * size);
  Value isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                        frame.remainder(gpuFrame.lane(), lanes),
                                        frame.constant(0));
  if (guard)
    isFirst = arith::AndIOp::create(b, isFirst, guard);
  SmallVector<Value, 3> indices = materialize(position.indices);
  // Lanes cover whole words of single bits, which may be more than the row has.
  int64_t padded = llvm::alignTo(result.getShape().back(), wordBits / size);
  if (padded % warpSize != 0)
    isFirst = arith::AndIOp::create(
        b, isFirst, frame.less(indices.back(), frame.constant(padded)));
  frame.branch(isFirst, [&] {
    indices.back() = frame.divide(indices.back(), 8 / size);
    Value bytes = vector::BroadcastOp::create(
        b, VectorType::get({1}, b.getI32Type()), word);
    bytes = vector::BitCastOp::create(b, VectorType::get({4}, b.getI8Type()),
                                      bytes);
    vector::StoreOp::create(b, bytes, frame.result(result.number), indices,
                            /*nontemporal=*/false, llvm::MaybeAlign(4));
  });
}

void GpuEvaluator::storeBits(Value bits, const KernelResult &result,
                             const Position &position) {
  storePackedBits(splat(bits, position.width), result, position, Value());
}

} // namespace mlir::auxact::device
