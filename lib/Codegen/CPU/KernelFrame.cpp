//===- KernelFrame.cpp - The function a kernel is lowered into ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Building the destination-passing function and loops in it.
//
//===----------------------------------------------------------------------===//

#include "KernelFrame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::cpu {

static MemRefType bufferType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return MemRefType::get(tensor.getShape(), tensor.getElementType());
}

KernelFrame::KernelFrame(func::FuncOp kernel)
    : source(kernel), b(kernel.getLoc(), OpBuilder(kernel)) {
  SmallVector<Type> types;
  for (Type type : kernel.getArgumentTypes())
    types.push_back(bufferType(type));
  for (Type type : kernel.getResultTypes())
    types.push_back(bufferType(type));
  types.push_back(MemRefType::get({0}, b.getI8Type()));
  types.push_back(b.getIndexType());
  target =
      func::FuncOp::create(b, kernel.getName(), b.getFunctionType(types, {}));
  target->setAttr(kKernelAttr, b.getUnitAttr());
  Block *entry = target.addEntryBlock();
  b.setInsertionPointToStart(entry);
  for (BlockArgument argument : kernel.getArguments())
    inputs[argument] = entry->getArgument(argument.getArgNumber());
  for (unsigned i = 0; i < kernel.getNumResults(); ++i)
    results.push_back(entry->getArgument(kernel.getNumArguments() + i));
  workspace = entry->getArgument(types.size() - 2);
  taskIndex = entry->getArgument(types.size() - 1);
}

Value KernelFrame::allocate(ArrayRef<int64_t> shape, Type element) {
  auto type = MemRefType::get(shape, element);
  int64_t offset = workspaceBytes;
  int64_t bytes =
      ShapedType::getNumElements(shape) * element.getIntOrFloatBitWidth() / 8;
  workspaceBytes += llvm::alignTo(bytes, 64);
  return memref::ViewOp::create(b, type, workspace, constant(offset),
                                ValueRange{});
}

void KernelFrame::finish(int64_t tasks) {
  func::ReturnOp::create(b);
  // The size of the workspace is known only now.
  auto type = MemRefType::get({workspaceBytes}, b.getI8Type());
  workspace.setType(type);
  SmallVector<Type> types(target.getArgumentTypes());
  types[types.size() - 2] = type;
  target.setFunctionType(b.getFunctionType(types, {}));
  target->setAttr(kTasksAttr, b.getI64IntegerAttr(tasks));
  target->setAttr(kWorkspaceAttr, b.getI64IntegerAttr(workspaceBytes));
  source.erase();
}

//===----------------------------------------------------------------------===//
// Arithmetic on indices, folded where the operands are constants
//===----------------------------------------------------------------------===//

Value KernelFrame::constant(int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

Value KernelFrame::add(Value lhs, Value rhs) {
  return b.createOrFold<arith::AddIOp>(lhs, rhs);
}

Value KernelFrame::add(Value lhs, int64_t rhs) {
  return rhs == 0 ? lhs : add(lhs, constant(rhs));
}

Value KernelFrame::mul(Value lhs, int64_t rhs) {
  return b.createOrFold<arith::MulIOp>(lhs, constant(rhs));
}

// Every index is non-negative, and unsigned division by a constant is cheaper.
Value KernelFrame::divide(Value lhs, int64_t rhs) {
  return b.createOrFold<arith::DivUIOp>(lhs, constant(rhs));
}

Value KernelFrame::remainder(Value lhs, int64_t rhs) {
  return b.createOrFold<arith::RemUIOp>(lhs, constant(rhs));
}

Value KernelFrame::minimum(Value lhs, int64_t rhs) {
  return b.createOrFold<arith::MinUIOp>(lhs, constant(rhs));
}

Value KernelFrame::less(Value lhs, Value rhs) {
  return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, lhs, rhs);
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

SmallVector<Value> KernelFrame::loop(Value from, Value to, int64_t step,
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

void KernelFrame::loop(Value from, Value to, int64_t step,
                       llvm::function_ref<void(Value)> body) {
  loop(from, to, step, {}, [&](Value index, ValueRange) {
    body(index);
    return SmallVector<Value>();
  });
}

void KernelFrame::loop(int64_t from, int64_t to, int64_t step,
                       llvm::function_ref<void(Value)> body) {
  loop(constant(from), constant(to), step, body);
}

void KernelFrame::branch(Value condition, llvm::function_ref<void()> then,
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

} // namespace mlir::auxact::cpu
