//===- MmaMainloop.cpp - Tensor cores by mma.sync -------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Each warp multiplies its part of the block's tile in fragments of 16 x 8.
//
//===----------------------------------------------------------------------===//

#include "MmaMainloop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact::device {

static Type elementOf(const MainloopContext &context) {
  Builder &b = context.frame.builder();
  return context.strategy.engine == Engine::Bf16 ? Type(b.getBF16Type())
                                                 : Type(b.getF32Type());
}

// 16-bit elements are transposed by ldmatrix, others are read one by one.
MmaMainloop::MmaMainloop(const MainloopContext &context)
    : PipelinedMainloop(context, elementOf(context),
                        context.strategy.engine == Engine::Bf16
                            ? Swizzle::DownRows
                            : Swizzle::FourRows),
      isBf16(context.strategy.engine == Engine::Bf16),
      rowOrigin(frame.mul(warpRow, s.warpTileRows())),
      columnOrigin(frame.mul(warpColumn, s.warpTileColumns())) {}

SmallVector<Value> MmaMainloop::start() {
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  return SmallVector<Value>(s.warpTileRows() * s.warpTileColumns() / 32, zero);
}

SmallVector<Value> MmaMainloop::multiply(Value stage, ValueRange before) {
  MmaFragments rows(frame, left, true, rowOrigin, s.warpTileRows(), lane);
  MmaFragments columns(frame, right, false, columnOrigin, s.warpTileColumns(),
                       lane);
  SmallVector<Value> sums(before);
  Type f32 = b.getF32Type();
  Type four =
      LLVM::LLVMStructType::getLiteral(b.getContext(), {f32, f32, f32, f32});
  auto type = isBf16 ? NVVM::MMATypes::bf16 : NVVM::MMATypes::tf32;
  int64_t perStep = isBf16 ? 16 : 8;
  for (int64_t step = 0; step < s.depth / perStep; ++step) {
    auto a = rows.load(stage, step), c = columns.load(stage, step);
    for (size_t i = 0; i < a.size(); ++i)
      for (size_t j = 0; j < c.size(); ++j) {
        MutableArrayRef<Value> part =
            MutableArrayRef<Value>(sums).slice(4 * (i * c.size() + j), 4);
        Value result = NVVM::MmaOp::create(
            b, four, ValueRange(a[i]), ValueRange(c[j]), ValueRange(part),
            ArrayRef<int64_t>{16, 8, perStep}, std::nullopt, std::nullopt,
            std::array<NVVM::MMATypes, 2>{type, type},
            std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                           NVVM::MMALayout::col});
        for (int64_t e = 0; e < 4; ++e)
          part[e] = LLVM::ExtractValueOp::create(b, result, e);
      }
  }
  return sums;
}

SmallVector<TileSums> MmaMainloop::locate(ValueRange sums) {
  SmallVector<TileSums> located;
  auto pair = VectorType::get({2}, b.getF32Type());
  int64_t across = s.warpTileColumns() / 8;
  Value row = frame.add(rowOrigin, frame.divide(lane, 4));
  Value column =
      frame.add(columnOrigin, frame.mul(frame.remainder(lane, 4), 2));
  for (int64_t part = 0; part < static_cast<int64_t>(sums.size()) / 2; ++part) {
    int64_t fragment = part / 2;
    Value elements =
        vector::FromElementsOp::create(b, pair, sums.slice(2 * part, 2));
    located.push_back(
        {frame.add(row, 16 * (fragment / across) + 8 * (part % 2)),
         frame.add(column, 8 * (fragment % across)), elements});
  }
  return located;
}

} // namespace mlir::auxact::device
