//===- GpuFrame.cpp - The device functions of a kernel --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Building gpu.module and gpu.func, and what their arguments promise.
//
//===----------------------------------------------------------------------===//

#include "GpuFrame.h"

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact::device {

/// Alignment of every buffer that the runtime passes, as far as loads use it.
constexpr int64_t argumentAlignment = 16;
constexpr int64_t workspaceAlignment = 1024;

GpuFrame::GpuFrame(func::FuncOp kernel) : Frame(kernel) {
  module = gpu::GPUModuleOp::create(b, (kernel.getName() + "_device").str());
}

/// Whether an argument may be overwritten by a result: state that is updated
/// in place, which only a buffer of the same type can be.
static bool mayShareMemory(func::FuncOp kernel, unsigned number) {
  unsigned inputs = kernel.getNumArguments();
  if (number < inputs)
    return llvm::is_contained(kernel.getResultTypes(),
                              kernel.getArgumentTypes()[number]);
  return llvm::is_contained(kernel.getArgumentTypes(),
                            kernel.getResultTypes()[number - inputs]);
}

void GpuFrame::startGrid(std::array<int64_t, 3> blocks, int64_t threads) {
  endGrid();
  threadCount = threads;
  sharedBytes = 0;
  laneIndex = warpIndex = dynamicShared = Value();
  b.setInsertionPointToEnd(module.getBody());

  SmallVector<Type> types = bufferTypes();
  unsigned buffers = types.size();
  types.push_back(MemRefType::get({0}, b.getI8Type()));
  std::string name = source.getName().str();
  if (!grids.empty())
    name += "_" + std::to_string(grids.size());
  target = gpu::GPUFuncOp::create(b, name, b.getFunctionType(types, {}));
  grids.push_back(target);
  target->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  target.setKnownBlockSizeAttr(
      b.getDenseI32ArrayAttr({static_cast<int32_t>(threads), 1, 1}));
  target->setAttr(kGridAttr, b.getDenseI64ArrayAttr(blocks));
  for (unsigned i = 0; i <= buffers; ++i) {
    target.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                      b.getI64IntegerAttr(argumentAlignment));
    if (i < buffers && mayShareMemory(source, i))
      continue;
    target.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                      b.getUnitAttr());
    if (i < source.getNumArguments())
      target.setArgAttr(i, LLVM::LLVMDialect::getReadonlyAttrName(),
                        b.getUnitAttr());
  }

  Block *entry = &target.getBody().front();
  b.setInsertionPointToStart(entry);
  bindBuffers(entry);
  // The bounds let LLVM compute in 32 bits and drop sign extensions.
  threadIndex = gpu::ThreadIdOp::create(b, b.getIndexType(), gpu::Dimension::x,
                                        b.getIndexAttr(threads));
  constexpr gpu::Dimension dimensions[] = {gpu::Dimension::x, gpu::Dimension::y,
                                           gpu::Dimension::z};
  for (int i = 0; i < 3; ++i)
    blockIndices[i] =
        blocks[i] == 1
            ? constant(0)
            : Value(gpu::BlockIdOp::create(b, b.getIndexType(), dimensions[i],
                                           b.getIndexAttr(blocks[i])));
  gpu::ReturnOp::create(b);
  b.setInsertionPoint(entry->getTerminator());
}

void GpuFrame::endGrid() {
  if (target)
    target->setAttr(kSharedBytesAttr, b.getI64IntegerAttr(sharedBytes));
}

/// Values that many places use are made where the function starts.
template <typename Make>
static Value atStart(ImplicitLocOpBuilder &b, Value &known, Value after,
                     Make make) {
  if (!known) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfterValue(after);
    known = make();
  }
  return known;
}

Value GpuFrame::lane() {
  return atStart(b, laneIndex, threadIndex,
                 [&] { return remainder(threadIndex, warpSize); });
}

Value GpuFrame::warp() {
  return atStart(b, warpIndex, threadIndex,
                 [&] { return divide(threadIndex, warpSize); });
}

void GpuFrame::barrier() { gpu::BarrierOp::create(b); }

int64_t GpuFrame::reserveWorkspace(int64_t bytes) {
  int64_t offset = workspaceBytes;
  workspaceBytes += llvm::alignTo(bytes, workspaceAlignment);
  return offset;
}

Value GpuFrame::workspaceView(int64_t offset, ArrayRef<int64_t> shape,
                              Type element) {
  Value workspace = target.getArguments().back();
  return memref::ViewOp::create(b, MemRefType::get(shape, element), workspace,
                                constant(offset), ValueRange{});
}

Value GpuFrame::sharedView(int64_t offset, ArrayRef<int64_t> shape,
                           Type element) {
  auto space = gpu::AddressSpaceAttr::get(
      b.getContext(), gpu::GPUDialect::getWorkgroupAddressSpace());
  Value all = atStart(b, dynamicShared, threadIndex, [&] {
    auto type = MemRefType::get({ShapedType::kDynamic}, b.getI8Type(),
                                MemRefLayoutAttrInterface(), space);
    return Value(gpu::DynamicSharedMemoryOp::create(b, type));
  });
  int64_t bytes =
      ShapedType::getNumElements(shape) * element.getIntOrFloatBitWidth() / 8;
  sharedBytes = std::max(sharedBytes, offset + bytes);
  auto type =
      MemRefType::get(shape, element, MemRefLayoutAttrInterface(), space);
  return memref::ViewOp::create(b, type, all, constant(offset), ValueRange{});
}

void GpuFrame::finish() {
  endGrid();
  // The size of the workspace is known only now.
  auto type = MemRefType::get({workspaceBytes}, b.getI8Type());
  for (gpu::GPUFuncOp grid : grids) {
    SmallVector<Type> types(grid.getArgumentTypes());
    types.back() = type;
    grid.getArguments().back().setType(type);
    grid.setFunctionType(b.getFunctionType(types, {}));
  }
  module->setAttr(attrs::workspaceBytes, b.getI64IntegerAttr(workspaceBytes));
  source.erase();
}

} // namespace mlir::auxact::device
