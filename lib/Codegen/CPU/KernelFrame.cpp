//===- KernelFrame.cpp - The function a kernel is lowered into ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Building the destination-passing function.
//
//===----------------------------------------------------------------------===//

#include "KernelFrame.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::cpu {

KernelFrame::KernelFrame(func::FuncOp kernel) : Frame(kernel) {
  SmallVector<Type> types = bufferTypes();
  types.push_back(MemRefType::get({0}, b.getI8Type()));
  types.push_back(b.getIndexType());
  target =
      func::FuncOp::create(b, kernel.getName(), b.getFunctionType(types, {}));
  target->setAttr(kKernelAttr, b.getUnitAttr());
  Block *entry = target.addEntryBlock();
  b.setInsertionPointToStart(entry);
  bindBuffers(entry);
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

} // namespace mlir::auxact::cpu
