//===- ReductionTeam.cpp - Sums across the threads of a team --------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Shuffles within a warp, shared memory between warps, the workspace between
// blocks. Always in the same order, so that the same input gives the same bits.
//
//===----------------------------------------------------------------------===//

#include "GpuReductionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::device {

using codegen::Accumulated;
using codegen::Combiner;

/// Combines the values of a team's threads; all of them get the result, along
/// rows as a scalar.
SmallVector<Value> GpuReductionEmitter::reduceTeam(Items items,
                                                   ArrayRef<Value> values) {
  return r.alongRows() ? reduceRowTeam(items, values)
                       : reduceColumnTeam(items, values);
}

//===----------------------------------------------------------------------===//
// Along rows: members are neighbours
//===----------------------------------------------------------------------===//

/// Combines the elements of a vector, pair by pair.
Value GpuReductionEmitter::horizontal(Combiner combiner, Value vector) {
  auto type = dyn_cast<VectorType>(vector.getType());
  if (!type)
    return vector;
  SmallVector<Value> elements;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    elements.push_back(vector::ExtractOp::create(b, vector, i));
  for (size_t n = elements.size(); n > 1; n /= 2)
    for (size_t i = 0; i < n / 2; ++i)
      elements[i] = r.combine(combiner, elements[i], elements[i + n / 2]);
  return elements[0];
}

/// The value of the lane whose number differs by `distance`, a power of two.
Value GpuReductionEmitter::shuffle(Value value, int64_t distance) {
  auto exchange = [&](Value part) -> Value {
    auto number = [&](int64_t n) -> Value {
      return arith::ConstantIntOp::create(b, b.getI32Type(), n);
    };
    return NVVM::ShflOp::create(b, part.getType(), number(-1), part,
                                number(distance), number(warpSize - 1),
                                NVVM::ShflKind::bfly, UnitAttr());
  };
  if (value.getType().getIntOrFloatBitWidth() == 32)
    return exchange(value);
  // A shuffle moves 32 bits.
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  Value shift = arith::ConstantIntOp::create(b, i64, 32);
  Value bits = arith::BitcastOp::create(b, i64, value);
  Value low = exchange(arith::TruncIOp::create(b, i32, bits));
  Value high = exchange(
      arith::TruncIOp::create(b, i32, arith::ShRUIOp::create(b, bits, shift)));
  bits = arith::OrIOp::create(
      b, arith::ExtUIOp::create(b, i64, low),
      arith::ShLIOp::create(b, arith::ExtUIOp::create(b, i64, high), shift));
  return arith::BitcastOp::create(b, value.getType(), bits);
}

SmallVector<Value> GpuReductionEmitter::reduceRowTeam(Items items,
                                                      ArrayRef<Value> values) {
  SmallVector<Value> sums;
  for (auto [item, value] : llvm::zip(items, values)) {
    Value sum = horizontal(item.value.combiner, value);
    int64_t lanes = std::min<int64_t>(s.members, warpSize);
    for (int64_t distance = lanes / 2; distance > 0; distance /= 2)
      sum = r.combine(item.value.combiner, sum, shuffle(sum, distance));
    sums.push_back(sum);
  }
  int64_t warps = s.members / warpSize;
  if (warps <= 1 || items.empty())
    return sums;
  // The team is the block. Each call has shared memory of its own, so that one
  // barrier is enough.
  SmallVector<Value> views;
  for (const Accumulated &item : items) {
    Type element = item.value.combined.getType();
    views.push_back(frame.sharedView(sharedOffset, {warps}, element));
    sharedOffset +=
        llvm::alignTo(warps * element.getIntOrFloatBitWidth() / 8, 16);
  }
  Value isFirstLane = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                            frame.lane(), frame.constant(0));
  frame.branch(isFirstLane, [&] {
    for (auto [view, sum] : llvm::zip(views, sums))
      memref::StoreOp::create(b, sum, view, frame.warp());
  });
  frame.barrier();
  for (auto [item, view, sum] : llvm::zip(items, views, sums)) {
    sum = memref::LoadOp::create(b, view, frame.remainder(frame.lane(), warps));
    for (int64_t distance = warps / 2; distance > 0; distance /= 2)
      sum = r.combine(item.value.combiner, sum, shuffle(sum, distance));
  }
  return sums;
}

//===----------------------------------------------------------------------===//
// Along columns: neighbours belong to different teams
//===----------------------------------------------------------------------===//

SmallVector<Value>
GpuReductionEmitter::reduceColumnTeam(Items items, ArrayRef<Value> values) {
  if (s.members == 1 || items.empty())
    return llvm::to_vector(values);
  SmallVector<Value> views;
  int64_t offset = 0;
  for (const Accumulated &item : items) {
    Type element = item.value.combined.getType();
    SmallVector<int64_t> shape = {s.members, s.teams * s.width};
    views.push_back(frame.sharedView(offset, shape, element));
    offset += llvm::alignTo(ShapedType::getNumElements(shape) *
                                element.getIntOrFloatBitWidth() / 8,
                            16);
  }
  Value column = frame.mul(team, s.width);
  auto load = [&](Value view, Value row) -> Value {
    Type element = cast<MemRefType>(view.getType()).getElementType();
    if (s.width == 1)
      return memref::LoadOp::create(b, view, ValueRange{row, column});
    int64_t bytes = s.width * element.getIntOrFloatBitWidth() / 8;
    return vector::LoadOp::create(
        b, VectorType::get({s.width}, element), view, ValueRange{row, column},
        /*nontemporal=*/false, llvm::MaybeAlign(std::min<int64_t>(bytes, 16)));
  };
  auto store = [&](Value value, Value view, Value row) {
    if (s.width == 1) {
      memref::StoreOp::create(b, value, view, ValueRange{row, column});
      return;
    }
    auto type = cast<VectorType>(value.getType());
    int64_t bytes = s.width * type.getElementTypeBitWidth() / 8;
    vector::StoreOp::create(b, value, view, ValueRange{row, column},
                            /*nontemporal=*/false,
                            llvm::MaybeAlign(std::min<int64_t>(bytes, 16)));
  };
  SmallVector<Value> sums(values);
  for (auto [view, sum] : llvm::zip(views, sums))
    store(sum, view, member);
  frame.barrier();
  for (int64_t half = s.members / 2; half > 0; half /= 2) {
    frame.branch(frame.less(member, frame.constant(half)), [&] {
      for (auto [item, view] : llvm::zip(items, views))
        store(r.combine(item.value.combiner, load(view, member),
                        load(view, frame.add(member, half))),
              view, member);
    });
    frame.barrier();
  }
  for (auto [view, sum] : llvm::zip(views, sums))
    sum = load(view, frame.constant(0));
  // The next call writes to the same memory.
  frame.barrier();
  return sums;
}

//===----------------------------------------------------------------------===//
// Between blocks
//===----------------------------------------------------------------------===//

/// Elements of a team's sum.
int64_t GpuReductionEmitter::sumWidth() const {
  return r.alongRows() ? 1 : s.width;
}

Value GpuReductionEmitter::partialsView(int64_t level, unsigned item,
                                        Items items) {
  return frame.workspaceView(partials[level][item],
                             {s.splits, s.sums * sumWidth()},
                             items[item].value.combined.getType());
}

void GpuReductionEmitter::storePartials(int64_t level, Items items,
                                        ArrayRef<Value> values) {
  frame.branch(isFirstMember(), [&] {
    Value column = frame.mul(sum, sumWidth());
    for (auto [number, value] : llvm::enumerate(values)) {
      Value view = partialsView(level, number, items);
      SmallVector<Value> indices = {frame.block(1), column};
      if (!isa<VectorType>(value.getType())) {
        memref::StoreOp::create(b, value, view, indices);
        continue;
      }
      int64_t bytes =
          s.width * cast<VectorType>(value.getType()).getElementTypeBitWidth() /
          8;
      vector::StoreOp::create(b, value, view, indices, /*nontemporal=*/false,
                              llvm::MaybeAlign(std::min<int64_t>(bytes, 16)));
    }
  });
}

/// The member's part of the blocks' sums.
SmallVector<Value> GpuReductionEmitter::loadPartials(int64_t level,
                                                     Items items) {
  SmallVector<Value> views;
  for (unsigned item = 0; item < items.size(); ++item)
    views.push_back(partialsView(level, item, items));
  Value column = frame.mul(sum, sumWidth());
  return frame.loop(
      frame.constant(0), frame.constant(s.splits), s.members,
      r.neutrals(items, 1, sumWidth()), [&](Value first, ValueRange carried) {
        SmallVector<Value> next;
        Value number = frame.add(first, member);
        Value exists = frame.less(number, frame.constant(s.splits));
        number = frame.minimum(number, s.splits - 1);
        for (auto [item, view, value] : llvm::zip(items, views, carried)) {
          Type element = item.value.combined.getType();
          SmallVector<Value> indices = {number, column};
          Value part;
          if (sumWidth() == 1)
            part = memref::LoadOp::create(b, view, indices);
          else
            part = vector::LoadOp::create(
                b, VectorType::get({s.width}, element), view, indices,
                /*nontemporal=*/false,
                llvm::MaybeAlign(std::min<int64_t>(
                    s.width * element.getIntOrFloatBitWidth() / 8, 16)));
          part = arith::SelectOp::create(b, exists, part,
                                         r.neutral(item, sumWidth()));
          next.push_back(r.combine(item.value.combiner, value, part));
        }
        return next;
      });
}

} // namespace mlir::auxact::device
