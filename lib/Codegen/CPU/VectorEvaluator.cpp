//===- VectorEvaluator.cpp - Vectors from and to memory -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Loads and stores of vectors and of packed elements, masked where they must
// be.
//
//===----------------------------------------------------------------------===//

#include "VectorEvaluator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::cpu {

Value VectorEvaluator::mask(int64_t width, int64_t active) {
  SmallVector<bool> bits(width);
  std::fill(bits.begin(), bits.begin() + active, true);
  auto type = VectorType::get({width}, b.getI1Type());
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, bits));
}

Value VectorEvaluator::loadVector(Value buffer, const Position &position) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto vectorType = VectorType::get({position.width}, element);
  SmallVector<Value, 3> indices = materialize(position.indices);
  if (position.active == position.width)
    return vector::LoadOp::create(b, vectorType, buffer, indices);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(vectorType));
  return vector::MaskedLoadOp::create(b, vectorType, buffer, indices,
                                      mask(position.width, position.active),
                                      zero);
}

Value VectorEvaluator::loadMasked(Value buffer, const Position &position,
                                  Value lanes) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto type = VectorType::get({position.width}, element);
  if (position.active != position.width)
    lanes =
        arith::AndIOp::create(b, lanes, mask(position.width, position.active));
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(
      b, type, buffer, materialize(position.indices), lanes, zero);
}

void VectorEvaluator::storeVector(Value elements, Value buffer,
                                  const Position &position) {
  SmallVector<Value, 3> indices = materialize(position.indices);
  // LLVM 22.1 makes of a truncation and a masked store of one lane a store of
  // that lane before the truncation, which overwrites its neighbour.
  if (position.active == 1 && position.width > 1)
    memref::StoreOp::create(b, vector::ExtractOp::create(b, elements, 0),
                            buffer, indices);
  else if (position.active == position.width)
    vector::StoreOp::create(b, elements, buffer, indices);
  else
    vector::MaskedStoreOp::create(
        b, buffer, indices, mask(position.width, position.active), elements);
}

//===----------------------------------------------------------------------===//
// Elements of a few bits
//===----------------------------------------------------------------------===//

/// How many of the bytes that a whole vector at `position` would take may be
/// accessed.
static int64_t presentBytes(const Position &position, int64_t bits) {
  int64_t bytes = position.width * bits / 8;
  if (position.active == position.width)
    return bytes;
  // Rows are padded to 4 bytes.
  int64_t needed = llvm::divideCeil(position.active * bits, 8);
  return std::min<int64_t>(bytes, llvm::alignTo(needed, 4));
}

/// The first `count` elements; those that are not there are any.
static Value resize(ImplicitLocOpBuilder &b, Value vector, int64_t count) {
  int64_t size = cast<VectorType>(vector.getType()).getNumElements();
  SmallVector<int64_t> lanes;
  for (int64_t i = 0; i < count; ++i)
    lanes.push_back(std::min(i, size - 1));
  return vector::ShuffleOp::create(b, vector, vector, lanes);
}

/// Bytes that hold two elements of `bits` bits each, one byte an element.
static Value spread(ImplicitLocOpBuilder &b, Value bytes, int64_t bits) {
  auto type = cast<VectorType>(bytes.getType());
  auto wide = VectorType::get(type.getShape(), b.getI16Type());
  auto constant = [&](int64_t value) {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(wide, b.getI16IntegerAttr(value)));
  };
  Value word = arith::ExtUIOp::create(b, wide, bytes);
  Value upper = arith::ShLIOp::create(b, word, constant(8 - bits));
  word = arith::OrIOp::create(b, word, upper);
  int64_t mask = (1 << bits) - 1;
  word = arith::AndIOp::create(b, word, constant(mask | mask << 8));
  return vector::BitCastOp::create(
      b, VectorType::get({2 * type.getNumElements()}, b.getI8Type()), word);
}

/// The inverse: bytes of which only the low `bits` are set, two in one.
static Value compress(ImplicitLocOpBuilder &b, Value bytes, int64_t bits) {
  int64_t count = cast<VectorType>(bytes.getType()).getNumElements() / 2;
  auto wide = VectorType::get({count}, b.getI16Type());
  Value word = vector::BitCastOp::create(b, wide, bytes);
  Value shift = arith::ConstantOp::create(
      b, DenseElementsAttr::get(wide, b.getI16IntegerAttr(8 - bits)));
  word = arith::OrIOp::create(b, word, arith::ShRUIOp::create(b, word, shift));
  return arith::TruncIOp::create(b, VectorType::get({count}, b.getI8Type()),
                                 word);
}

/// Bits at a multiple of 8 are a vector of bytes. LLVM has no good code for
/// vectors of 2 or 4 bits: these are spread over bytes step by step.
Value VectorEvaluator::loadBitVector(Value bytes, const Position &position,
                                     IntegerType element) {
  int64_t bits = element.getWidth();
  if (position.width * bits % 8 != 0 || position.width % 8 != 0)
    return gather(position, element, [&](const Position &place) {
      return loadBit(bytes, place.indices, element);
    });
  SmallVector<Value, 3> indices = materialize(position.indices);
  indices.back() = frame.divide(indices.back(), 8 / bits);
  int64_t count = position.width * bits / 8;
  int64_t present = presentBytes(position, bits);
  Value loaded = vector::LoadOp::create(
      b, VectorType::get({present}, b.getI8Type()), bytes, indices);
  if (present != count)
    loaded = resize(b, loaded, count);
  auto type = VectorType::get({position.width}, element);
  if (bits == 1)
    return vector::BitCastOp::create(b, type, loaded);
  for (int64_t half = 4; half >= bits; half /= 2)
    loaded = spread(b, loaded, half);
  return arith::TruncIOp::create(b, type, loaded);
}

void VectorEvaluator::storeBits(Value elements, const KernelResult &result,
                                const Position &position) {
  Value buffer = frame.result(result.number);
  int64_t bits = result.getBits();
  elements = splat(elements, position.width);
  Value packed;
  if (bits == 1) {
    if (position.active != position.width)
      elements = arith::AndIOp::create(b, elements,
                                       mask(position.width, position.active));
    packed = vector::BitCastOp::create(
        b, VectorType::get({position.width / 8}, b.getI8Type()), elements);
  } else {
    packed = arith::ExtUIOp::create(
        b, VectorType::get({position.width}, b.getI8Type()), elements);
    if (position.active != position.width) {
      Value zero =
          arith::ConstantOp::create(b, b.getZeroAttr(packed.getType()));
      packed = arith::SelectOp::create(b, mask(position.width, position.active),
                                       packed, zero);
    }
    for (int64_t part = bits; part < 8; part *= 2)
      packed = compress(b, packed, part);
  }
  SmallVector<Value, 3> indices = materialize(position.indices);
  indices.back() = frame.divide(indices.back(), 8 / bits);
  int64_t bytes = position.width * bits / 8;
  int64_t present = presentBytes(position, bits);
  if (present != bytes)
    packed = resize(b, packed, present);
  vector::StoreOp::create(b, packed, buffer, indices);

  // The last vector of a row also writes the padding up to 4 bytes.
  int64_t rowBytes = cast<MemRefType>(buffer.getType()).getShape().back();
  int64_t features = result.getShape().back();
  int64_t lastStart = (features - 1) / position.width * position.width;
  int64_t written = lastStart * bits / 8 + bytes;
  int64_t padding = rowBytes - written;
  if (padding <= 0)
    return;
  auto zeroType = VectorType::get({padding}, b.getI8Type());
  auto writePadding = [&] {
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(zeroType));
    SmallVector<Value, 3> place = indices;
    place.back() = frame.constant(written);
    vector::StoreOp::create(b, zero, buffer, place);
  };
  if (position.active != position.width)
    return writePadding();
  Value isLast = b.createOrFold<arith::CmpIOp>(
      arith::CmpIPredicate::eq, materialize(position.indices.back()),
      frame.constant(lastStart));
  frame.branch(isLast, writePadding);
}

} // namespace mlir::auxact::cpu
