//===- LowerScatterRows.cpp - Sums of rows by index -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Tasks own ranges of the result's rows, so nothing is written twice, and each
// adds in the order of the list.
//
//===----------------------------------------------------------------------===//

#include "KernelFrame.h"
#include "Strategy.h"
#include "auxact/Codegen/CPU/Passes.h"
#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_LOWERSCATTERROWS
#include "auxact/Codegen/CPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact::cpu;

namespace {

class ScatterEmitter {
public:
  ScatterEmitter(func::FuncOp kernel, auxact::ScatterRowsOp op,
                 int64_t vectorBits)
      : frame(kernel), b(frame.builder()), op(op), width(vectorBits / 32) {}

  void emit() {
    auto result = cast<RankedTensorType>(op.getType());
    int64_t rows = result.getDimSize(0);
    columns = result.getDimSize(1);
    count = cast<RankedTensorType>(op.getIndices().getType()).getDimSize(0);
    Value list = frame.buffer(cast<BlockArgument>(op.getIndices()));
    source = frame.buffer(cast<BlockArgument>(op.getRows()));
    target = frame.result(0);

    int64_t owned = chunkScatter(rows, columns);
    Value first = frame.mul(frame.task(), owned);
    Value last = frame.minimum(frame.add(first, owned), rows);
    frame.loop(first, last, 1, [&](Value row) {
      forEachColumn([&](Value column, int64_t lanes) {
        Type element = b.getF32Type();
        Type type = lanes == 1 ? element : VectorType::get({lanes}, element);
        store(arith::ConstantOp::create(b, b.getZeroAttr(type)), {row, column});
      });
    });
    frame.loop(0, count, 1, [&](Value number) {
      Value index = memref::LoadOp::create(b, list, number);
      Value row = b.createOrFold<arith::IndexCastOp>(b.getIndexType(), index);
      frame.branch(isOwned(index, row, first, last), [&] {
        forEachColumn([&](Value column, int64_t lanes) {
          Value sum = load(target, {row, column}, lanes);
          Value term = load(source, {number, column}, lanes);
          store(arith::AddFOp::create(b, sum, term), {row, column});
        });
      });
    });
    frame.finish(llvm::divideCeil(rows, owned));
  }

private:
  Value isOwned(Value index, Value row, Value first, Value last) {
    Value from =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sge, row, first);
    Value owned = arith::AndIOp::create(b, from, frame.less(row, last));
    std::optional<uint64_t> ignored = op.getIgnored();
    if (!ignored)
      return owned;
    Value number = arith::ConstantOp::create(
        b, b.getIntegerAttr(index.getType(), int64_t(*ignored)));
    Value counts =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ne, index, number);
    return arith::AndIOp::create(b, owned, counts);
  }

  /// Vectors along a row, then its last elements one by one.
  void forEachColumn(llvm::function_ref<void(Value, int64_t)> body) {
    int64_t whole = columns / width * width;
    frame.loop(0, whole, width, [&](Value column) { body(column, width); });
    frame.loop(whole, columns, 1, [&](Value column) { body(column, 1); });
  }

  Value load(Value buffer, ArrayRef<Value> at, int64_t lanes) {
    if (lanes == 1)
      return memref::LoadOp::create(b, buffer, at);
    return vector::LoadOp::create(b, VectorType::get({lanes}, b.getF32Type()),
                                  buffer, at);
  }

  void store(Value elements, ArrayRef<Value> at) {
    if (isa<VectorType>(elements.getType()))
      vector::StoreOp::create(b, elements, target, at);
    else
      memref::StoreOp::create(b, elements, target, at);
  }

  KernelFrame frame;
  ImplicitLocOpBuilder &b;
  auxact::ScatterRowsOp op;
  int64_t width, columns = 0, count = 0;
  Value source, target;
};

struct LowerScatterRows
    : public auxact::impl::LowerScatterRowsBase<LowerScatterRows> {
  using LowerScatterRowsBase::LowerScatterRowsBase;

  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!isTensorKernel(kernel))
        continue;
      auto form = analyzeKernel(kernel);
      if (failed(form))
        return signalPassFailure();
      if (auto op =
              dyn_cast_if_present<auxact::ScatterRowsOp>(form->standalone))
        ScatterEmitter(kernel, op, vectorBits).emit();
    }
  }
};

} // namespace
