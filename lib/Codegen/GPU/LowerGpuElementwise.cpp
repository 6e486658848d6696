//===- LowerGpuElementwise.cpp - Elementwise kernels on a GPU -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Kernels without contraction and reduction: a thread computes a few vectors of
// result elements, neighbours next to each other.
//
//===----------------------------------------------------------------------===//

#include "ElementwiseSpace.h"
#include "GpuEvaluator.h"
#include "auxact/Codegen/GPU/Passes.h"
#include "auxact/Codegen/Kernel/KernelForm.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_LOWERGPUELEMENTWISE
#include "auxact/Codegen/GPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact::codegen;
using namespace mlir::auxact::device;

namespace {

/// Results of one shape, which share threads.
struct Group {
  SmallVector<KernelResult> results;
  ElementwiseSpace space;
  /// Blocks [firstBlock, firstBlock + space.blocks()) of the grid.
  int64_t firstBlock = 0;
};

class ElementwiseEmitter {
public:
  ElementwiseEmitter(func::FuncOp kernel, const KernelForm &form)
      : frame(kernel), evaluator(frame), form(form) {}

  LogicalResult emit() {
    llvm::MapVector<ArrayRef<int64_t>, Group> groups;
    for (const KernelResult &result : form.results)
      groups[result.getShape()].results.push_back(result);
    int64_t blocks = 0;
    for (auto &[shape, group] : groups) {
      group.space = ElementwiseSpace::choose(shape, group.results);
      group.firstBlock = blocks;
      blocks += group.space.blocks();
    }
    frame.startGrid({blocks, 1, 1}, ElementwiseSpace::threads);
    for (const KernelResult &result : form.results)
      evaluator.prepareScalars(result.tensor);
    for (auto &[shape, group] : groups) {
      auto emitOne = [&, &group = group] {
        Evaluator::Scope scope(evaluator);
        Value block = frame.builder().createOrFold<arith::SubIOp>(
            frame.block(), frame.constant(group.firstBlock));
        emitGroup(group, block);
      };
      if (groups.size() == 1)
        emitOne();
      else
        frame.branch(isWithin(group), emitOne);
    }
    if (evaluator.failed())
      return failure();
    frame.finish();
    return success();
  }

private:
  Value isWithin(const Group &group) {
    auto &b = frame.builder();
    Value from =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sge, frame.block(),
                              frame.constant(group.firstBlock));
    Value to = frame.less(
        frame.block(), frame.constant(group.firstBlock + group.space.blocks()));
    return arith::AndIOp::create(b, from, to);
  }

  void emitGroup(const Group &group, Value block) {
    const ElementwiseSpace &space = group.space;
    evaluator.setFlat(space.flat);
    Value first = frame.add(frame.mul(block, space.perBlock()), frame.thread());
    int64_t wholeBlocks = space.vectors() / space.perBlock();
    if (space.isPadded())
      wholeBlocks = 0; // some vectors of every block may not exist
    else if (space.rest > 0 && wholeBlocks == space.blocks())
      --wholeBlocks; // the last block also has the rest
    auto whole = [&] { emitWhole(group, first); };
    auto guarded = [&] { emitGuarded(group, first); };
    if (wholeBlocks == space.blocks())
      whole();
    else if (wholeBlocks == 0)
      guarded();
    else
      frame.branch(frame.less(block, frame.constant(wholeBlocks)), whole,
                   guarded);
    evaluator.setFlat(false);
  }

  /// All vectors of the thread exist. Everything is read before anything is
  /// written: loads are in flight together, and a result may overwrite an
  /// argument that another one reads at the same place.
  void emitWhole(const Group &group, Value first) {
    Evaluator::Scope scope(evaluator);
    SmallVector<Position> positions;
    for (int64_t i = 0; i < group.space.perThread; ++i)
      positions.push_back(group.space.positionOfVector(
          frame, frame.add(first, i * ElementwiseSpace::threads)));
    for (const Position &position : positions)
      for (const KernelResult &result : group.results)
        evaluator.at(result.tensor, position);
    for (const Position &position : positions)
      for (const KernelResult &result : group.results)
        evaluator.store(result, position);
  }

  /// The same with a check for each vector, and single elements at the end.
  void emitGuarded(const Group &group, Value first) {
    const ElementwiseSpace &space = group.space;
    auto &b = frame.builder();
    for (int64_t i = 0; i < space.perThread; ++i) {
      Evaluator::Scope scope(evaluator);
      Value vector = frame.add(first, i * ElementwiseSpace::threads);
      Position position = space.positionOfVector(frame, vector);
      Value inside = frame.less(vector, frame.constant(space.vectors()));
      Value exists = inside;
      if (space.isPadded())
        exists = arith::AndIOp::create(
            b, inside,
            frame.less(evaluator.materialize(position.indices.back()),
                       frame.constant(space.columns)));
      emitIfExists(group, position, exists, inside);
    }
    if (space.rest > 0)
      frame.branch(frame.less(frame.thread(), frame.constant(space.rest)), [&] {
        Evaluator::Scope scope(evaluator);
        Position position = space.positionOfRest(frame, frame.thread());
        for (const KernelResult &result : group.results)
          evaluator.at(result.tensor, position);
        for (const KernelResult &result : group.results)
          evaluator.store(result, position);
      });
  }

  /// Votes need all lanes of a warp, so bits leave the branch before they are
  /// packed, zero where there is no element.
  void emitIfExists(const Group &group, const Position &position, Value exists,
                    Value inside) {
    auto &b = frame.builder();
    SmallVector<KernelResult> packed;
    for (const KernelResult &result : group.results)
      if (result.packed)
        packed.push_back(result);
    auto body = [&]() -> SmallVector<Value> {
      Evaluator::Scope scope(evaluator);
      SmallVector<Value> bits;
      for (const KernelResult &result : group.results)
        evaluator.at(result.tensor, position);
      for (const KernelResult &result : group.results)
        if (!result.packed)
          evaluator.store(result, position);
        else
          bits.push_back(position.lane < 0
                             ? evaluator.at(result.tensor, position)
                             : evaluator.vectorAt(result.tensor, position));
      return bits;
    };
    if (packed.empty())
      return frame.branch(exists, [&] { body(); });
    SmallVector<Type> types;
    for (const KernelResult &result : packed) {
      Type type = b.getIntegerType(result.getBits());
      if (position.lane >= 0)
        type = VectorType::get({position.width}, type);
      types.push_back(type);
    }
    auto ifOp = scf::IfOp::create(b, types, exists, /*withElseRegion=*/true);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&ifOp.getThenRegion().front());
      scf::YieldOp::create(b, body());
      b.setInsertionPointToStart(&ifOp.getElseRegion().front());
      SmallVector<Value> none;
      for (Type type : types)
        none.push_back(arith::ConstantOp::create(b, b.getZeroAttr(type)));
      scf::YieldOp::create(b, none);
    }
    for (auto [result, bits] : llvm::zip(packed, ifOp.getResults()))
      evaluator.storePackedBits(bits, result, position, inside);
  }

  GpuFrame frame;
  GpuEvaluator evaluator;
  const KernelForm &form;
};

struct LowerGpuElementwise
    : public auxact::impl::LowerGpuElementwiseBase<LowerGpuElementwise> {
  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!isTensorKernel(kernel))
        continue;
      auto form = analyzeKernel(kernel);
      if (failed(form))
        return signalPassFailure();
      if (form->kind == KernelKind::Elementwise &&
          failed(ElementwiseEmitter(kernel, *form).emit()))
        return signalPassFailure();
    }
  }
};

} // namespace
