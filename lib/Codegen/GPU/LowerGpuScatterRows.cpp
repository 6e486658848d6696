//===- LowerGpuScatterRows.cpp - Sums of rows by index on a GPU -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A block owns some rows of the result and a thread one column of them, so no
// element has two writers, and each is added up in the order of the list.
//
//===----------------------------------------------------------------------===//

#include "GpuFrame.h"
#include "auxact/Codegen/GPU/Passes.h"
#include "auxact/Codegen/Kernel/KernelForm.h"
#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_LOWERGPUSCATTERROWS
#include "auxact/Codegen/GPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;
using namespace mlir::auxact::codegen;

/// Rows of a block: its threads go through the whole list of indices for them.
static constexpr int64_t kRowsPerBlock = 64;
static constexpr int64_t kMostThreads = 128;

static void emitScatter(func::FuncOp kernel, ScatterRowsOp op) {
  auto result = cast<RankedTensorType>(op.getType());
  int64_t rows = result.getDimSize(0), columns = result.getDimSize(1);
  int64_t count =
      cast<RankedTensorType>(op.getIndices().getType()).getDimSize(0);
  int64_t threads =
      std::min<int64_t>(kMostThreads, llvm::alignTo(columns, device::warpSize));
  std::array<int64_t, 3> blocks = {(rows + kRowsPerBlock - 1) / kRowsPerBlock,
                                   (columns + threads - 1) / threads, 1};
  std::optional<int64_t> ignored;
  if (IntegerAttr attribute = op.getIgnoredAttr())
    ignored = attribute.getInt();

  device::GpuFrame frame(kernel);
  ImplicitLocOpBuilder &b = frame.builder();
  frame.startGrid(blocks, threads);
  Value list = frame.buffer(cast<BlockArgument>(op.getIndices()));
  Value source = frame.buffer(cast<BlockArgument>(op.getRows()));
  Value target = frame.result(0);
  Value column = frame.add(frame.mul(frame.block(1), threads), frame.thread());
  Value first = frame.mul(frame.block(0), kRowsPerBlock);
  Value last = frame.minimum(frame.add(first, kRowsPerBlock), rows);
  frame.branch(frame.less(column, frame.constant(columns)), [&] {
    Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0.0f));
    frame.loop(first, last, 1, [&](Value row) {
      memref::StoreOp::create(b, zero, target, ValueRange{row, column});
    });
    frame.loop(0, count, 1, [&](Value number) {
      Value index = memref::LoadOp::create(b, list, number);
      Value row = b.createOrFold<arith::IndexCastOp>(b.getIndexType(), index);
      Value owned = arith::AndIOp::create(
          b, arith::CmpIOp::create(b, arith::CmpIPredicate::sge, row, first),
          frame.less(row, last));
      if (ignored)
        owned = arith::AndIOp::create(
            b, owned,
            arith::CmpIOp::create(
                b, arith::CmpIPredicate::ne, index,
                arith::ConstantOp::create(
                    b, b.getIntegerAttr(index.getType(), *ignored))));
      frame.branch(owned, [&] {
        Value sum = memref::LoadOp::create(b, target, ValueRange{row, column});
        Value term =
            memref::LoadOp::create(b, source, ValueRange{number, column});
        memref::StoreOp::create(b, arith::AddFOp::create(b, sum, term), target,
                                ValueRange{row, column});
      });
    });
  });
  frame.finish();
}

namespace {

struct LowerGpuScatterRows
    : public auxact::impl::LowerGpuScatterRowsBase<LowerGpuScatterRows> {
  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!isTensorKernel(kernel))
        continue;
      auto form = analyzeKernel(kernel);
      if (failed(form))
        return signalPassFailure();
      if (auto op = dyn_cast_if_present<ScatterRowsOp>(form->standalone))
        emitScatter(kernel, op);
    }
  }
};

} // namespace
