//===- Frame.cpp - The function a kernel is lowered into ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Buffers, arithmetic on indices, loops and branches.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/Kernel/Frame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::auxact::codegen {

Frame::Frame(func::FuncOp kernel)
    : source(kernel), b(kernel.getLoc(), OpBuilder(kernel)) {}

SmallVector<Type> Frame::bufferTypes() {
  SmallVector<Type> types;
  for (TypeRange range : {TypeRange(source.getArgumentTypes()),
                          TypeRange(source.getResultTypes())})
    for (Type type : range) {
      auto tensor = cast<RankedTensorType>(type);
      types.push_back(
          MemRefType::get(tensor.getShape(), tensor.getElementType()));
    }
  return types;
}

void Frame::bindBuffers(Block *entry) {
  inputs.clear();
  results.clear();
  for (BlockArgument argument : source.getArguments())
    inputs[argument] = entry->getArgument(argument.getArgNumber());
  for (unsigned i = 0; i < source.getNumResults(); ++i)
    results.push_back(entry->getArgument(source.getNumArguments() + i));
}

//===----------------------------------------------------------------------===//
// Arithmetic on indices, folded where the operands are constants
//===----------------------------------------------------------------------===//

Value Frame::constant(int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

Value Frame::add(Value lhs, Value rhs) {
  return b.createOrFold<arith::AddIOp>(lhs, rhs);
}

Value Frame::add(Value lhs, int64_t rhs) {
  return rhs == 0 ? lhs : add(lhs, constant(rhs));
}

Value Frame::mul(Value lhs, int64_t rhs) {
  return b.createOrFold<arith::MulIOp>(lhs, constant(rhs));
}

// Every index is non-negative, and unsigned division by a constant is cheaper.
Value Frame::divide(Value lhs, int64_t rhs) {
  return b.createOrFold<arith::DivUIOp>(lhs, constant(rhs));
}

Value Frame::remainder(Value lhs, int64_t rhs) {
  return b.createOrFold<arith::RemUIOp>(lhs, constant(rhs));
}

Value Frame::minimum(Value lhs, int64_t rhs) {
  return b.createOrFold<arith::MinUIOp>(lhs, constant(rhs));
}

Value Frame::less(Value lhs, Value rhs) {
  return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, lhs, rhs);
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

SmallVector<Value> Frame::loop(Value from, Value to, int64_t step,
                               ValueRange carried, Body body) {
  auto low = getConstantIntValue(from), high = getConstantIntValue(to);
  if (low && high && *low >= *high)
    return llvm::to_vector(carried);
  if (low && high && *low + step >= *high)
    return body(from, carried);
  auto forOp = scf::ForOp::create(b, from, to, constant(step), carried);
  OpBuilder::InsertionGuard guard(b);
  // Without carried values the builder has already made the terminator.
  if (carried.empty())
    b.setInsertionPointToStart(forOp.getBody());
  else
    b.setInsertionPointToEnd(forOp.getBody());
  SmallVector<Value> yielded =
      body(forOp.getInductionVar(), forOp.getRegionIterArgs());
  if (!carried.empty())
    scf::YieldOp::create(b, yielded);
  return llvm::to_vector(ValueRange(forOp.getResults()));
}

void Frame::loop(Value from, Value to, int64_t step,
                 llvm::function_ref<void(Value)> body) {
  loop(from, to, step, {}, [&](Value index, ValueRange) {
    body(index);
    return SmallVector<Value>();
  });
}

void Frame::loop(int64_t from, int64_t to, int64_t step,
                 llvm::function_ref<void(Value)> body) {
  loop(constant(from), constant(to), step, body);
}

void Frame::branch(Value condition, llvm::function_ref<void()> then,
                   llvm::function_ref<void()> otherwise) {
  if (auto known = getConstantIntValue(condition)) {
    if (*known)
      then();
    else if (otherwise)
      otherwise();
    return;
  }
  auto ifOp =
      scf::IfOp::create(b, condition, /*withElseRegion=*/bool(otherwise));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&ifOp.getThenRegion().front());
  then();
  if (otherwise) {
    b.setInsertionPointToStart(&ifOp.getElseRegion().front());
    otherwise();
  }
}

} // namespace mlir::auxact::codegen
