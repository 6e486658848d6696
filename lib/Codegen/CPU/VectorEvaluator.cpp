//===- VectorEvaluator.cpp - Vectors from and to memory -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Loads and stores of vectors and of packed bits, masked where they must be.
//
//===----------------------------------------------------------------------===//

#include "VectorEvaluator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

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

/// A vector of bits at a multiple of 8 is a vector of bytes. Rows are padded,
/// so no mask is needed.
Value VectorEvaluator::loadBitVector(Value bytes, const Position &position) {
  if (position.width % 8 != 0)
    return gather(position, b.getI1Type(), [&](const Position &place) {
      return loadBit(bytes, place.indices);
    });
  SmallVector<Value, 3> indices = materialize(position.indices);
  indices.back() = frame.divide(indices.back(), 8);
  auto byteType = VectorType::get({position.width / 8}, b.getI8Type());
  Value loaded = vector::LoadOp::create(b, byteType, bytes, indices);
  return vector::BitCastOp::create(
      b, VectorType::get({position.width}, b.getI1Type()), loaded);
}

void VectorEvaluator::storeBits(Value bits, const KernelResult &result,
                                const Position &position) {
  Value buffer = frame.result(result.number);
  bits = splat(bits, position.width);
  if (position.active != position.width)
    bits =
        arith::AndIOp::create(b, bits, mask(position.width, position.active));
  int64_t bytes = position.width / 8;
  Value packed = vector::BitCastOp::create(
      b, VectorType::get({bytes}, b.getI8Type()), bits);
  SmallVector<Value, 3> indices = materialize(position.indices);
  indices.back() = frame.divide(indices.back(), 8);
  vector::StoreOp::create(b, packed, buffer, indices);

  // The last vector of a row also writes the padding up to 4 bytes.
  int64_t rowBytes = cast<MemRefType>(buffer.getType()).getShape().back();
  int64_t features = result.getShape().back();
  int64_t lastStart = (features - 1) / position.width * position.width;
  int64_t padding = rowBytes - lastStart / 8 - bytes;
  if (padding <= 0)
    return;
  auto zeroType = VectorType::get({padding}, b.getI8Type());
  auto writePadding = [&] {
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(zeroType));
    SmallVector<Value, 3> place = indices;
    place.back() = frame.constant(lastStart / 8 + bytes);
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
