//===- SharedTile.cpp - Tiles of factors in shared memory -----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Addresses in swizzled tiles.
//
//===----------------------------------------------------------------------===//

#include "SharedTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::device {

static int64_t bytesOf(Type element) {
  return element.getIntOrFloatBitWidth() / 8;
}

Value exclusiveOr(GpuFrame &frame, Value lhs, Value rhs) {
  return frame.builder().createOrFold<arith::XOrIOp>(lhs, rhs);
}

Value lesser(GpuFrame &frame, Value lhs, Value rhs) {
  return frame.builder().createOrFold<arith::MinUIOp>(lhs, rhs);
}

Value loadShared(GpuFrame &frame, Type type, Value memory, Value place) {
  auto vector = dyn_cast<VectorType>(type);
  if (!vector)
    return memref::LoadOp::create(frame.builder(), memory, place);
  int64_t bytes = vector.getNumElements() * bytesOf(vector.getElementType());
  return vector::LoadOp::create(frame.builder(), vector, memory, place,
                                /*nontemporal=*/false, llvm::MaybeAlign(bytes));
}

void storeShared(GpuFrame &frame, Value elements, Value memory, Value place) {
  auto vector = dyn_cast<VectorType>(elements.getType());
  if (!vector) {
    memref::StoreOp::create(frame.builder(), elements, memory, place);
    return;
  }
  int64_t bytes = vector.getNumElements() * bytesOf(vector.getElementType());
  vector::StoreOp::create(frame.builder(), elements, memory, place,
                          /*nontemporal=*/false, llvm::MaybeAlign(bytes));
}

Value loadSharedWord(GpuFrame &frame, Value bytes, Value place) {
  ImplicitLocOpBuilder &b = frame.builder();
  Value four =
      loadShared(frame, VectorType::get({4}, b.getI8Type()), bytes, place);
  Value word =
      vector::BitCastOp::create(b, VectorType::get({1}, b.getI32Type()), four);
  return vector::ExtractOp::create(b, word, int64_t(0));
}

int64_t SharedTile::bytes(int64_t stages, int64_t rows, int64_t columns,
                          Type element) {
  // Every tile starts where the swizzle does.
  return llvm::alignTo(stages * rows * columns * bytesOf(element), 1024);
}

SharedTile::SharedTile(GpuFrame &frame, int64_t offset, int64_t stages,
                       int64_t rows, int64_t columns, Type element,
                       Swizzle swizzle)
    : frame(&frame), type(element), rowCount(rows), columnCount(columns),
      perChunk(16 / bytesOf(element)), swizzle(swizzle) {
  view = frame.sharedView(offset, {stages * rows * columns}, element);
}

Value SharedTile::stage(Value number) {
  return frame->mul(number, rowCount * columnCount);
}

/// What the number of a chunk is combined with, by exclusive or.
Value SharedTile::permutation(Value row) {
  int64_t chunks = columnCount / perChunk;
  if (swizzle == Swizzle::None || chunks <= 1)
    return {};
  if (swizzle == Swizzle::FourRows)
    return frame->mul(frame->remainder(row, std::min<int64_t>(chunks / 2, 4)),
                      2);
  // Rows shorter than 128 bytes share the banks with their neighbours.
  if (chunks >= 8)
    return frame->remainder(row, 8);
  return frame->remainder(frame->divide(row, 8 / chunks), chunks);
}

Value SharedTile::swizzled(Value row, Value chunk) {
  if (Value mask = permutation(row))
    chunk = exclusiveOr(*frame, chunk, mask);
  return frame->mul(chunk, perChunk);
}

Value SharedTile::at(Value stage, Value row, Value column) {
  Value chunk = frame->divide(column, perChunk);
  Value place =
      frame->add(swizzled(row, chunk), frame->remainder(column, perChunk));
  return frame->add(stage, frame->add(frame->mul(row, columnCount), place));
}

} // namespace mlir::auxact::device
