//===- ContractionEmitter.cpp - One contraction kernel --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A block multiplies one tile; its sums go through shared memory, so that what
// follows reads and writes whole rows whatever the main loop's registers hold.
// A batch of products is layers of such blocks; where the products are summed,
// the main loop goes through all of them.
//
//===----------------------------------------------------------------------===//

#include "ContractionEmitter.h"
#include "FfmaMainloop.h"
#include "MmaMainloop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact::device {

using codegen::KernelResult;
using codegen::Position;
using llvm::divideCeil;

/// Floats between a row of sums and the next, beyond the tile's: so that the
/// threads of a warp, which write pairs down eight rows, hit all banks.
constexpr int64_t rowPadding = 8;
/// Turns at once over elements.
constexpr int64_t elementUnroll = 4;
/// Of the grid that adds up parts.
constexpr int64_t sumThreads = 256, mostSumBlocks = 1024;

static Engine engineOf(const codegen::Contraction &contraction) {
  auto isBf16 = [](Value tensor) {
    return cast<ShapedType>(tensor.getType()).getElementType().isBF16();
  };
  if (isBf16(contraction.a.tensor) && isBf16(contraction.b.tensor))
    return Engine::Bf16;
  auto precision =
      contraction.op->getAttrOfType<StringAttr>("auxact.precision");
  return precision && precision.getValue() == "tf32" ? Engine::Tf32
                                                     : Engine::Ffma;
}

ContractionShape shapeOf(const codegen::Contraction &contraction) {
  ContractionShape shape{contraction.m, contraction.n, contraction.k,
                         engineOf(contraction)};
  if (contraction.batch == codegen::Contraction::ParallelBatch)
    shape.products = contraction.batches;
  else
    shape.summands = contraction.batches;
  int64_t bytes = shape.engine == Engine::Bf16 ? 2 : 4;
  for (const codegen::ContractionOperand &factor :
       {contraction.a, contraction.b}) {
    auto type = cast<RankedTensorType>(factor.tensor.getType());
    shape.narrow |= type.getShape().back() * bytes % 8 != 0;
  }
  return shape;
}

std::unique_ptr<Mainloop> makeMainloop(const MainloopContext &context) {
  if (context.strategy.engine == Engine::Ffma)
    return std::make_unique<FfmaMainloop>(context);
  return std::make_unique<MmaMainloop>(context);
}

ContractionEmitter::ContractionEmitter(func::FuncOp kernel,
                                       const codegen::KernelForm &form,
                                       const ContractionStrategy &strategy)
    : frame(kernel), b(frame.builder()), form(form), c(form.contraction),
      s(strategy), tileRows(divideCeil(c.m, s.rows)),
      tileColumns(divideCeil(c.n, s.columns)) {}

LogicalResult ContractionEmitter::sortResults() {
  auto sum = cast<RankedTensorType>(c.op->getResult(0).getType()).getShape();
  for (const KernelResult &result : form.results) {
    if (result.getShape() == sum)
      epilogue.push_back(result);
    else if (!result.afterReduction && !result.getShape().empty() &&
             result.getShape().size() <= 3)
      ofFactors.push_back(result);
    else
      return frame.getSource().emitError("result ")
             << result.number
             << " of the kernel has the shape neither of its contraction nor "
                "of one of its factors; compute it in a kernel of its own";
  }
  return success();
}

LogicalResult ContractionEmitter::emit() {
  if (failed(sortResults()))
    return failure();
  if (s.splits > 1)
    workspace =
        frame.reserveWorkspace(s.splits * shapeOf(c).products * c.m * c.n * 4);
  if (failed(emitTiles()))
    return failure();
  if (s.splits > 1 && failed(emitSumOfParts()))
    return failure();
  frame.finish();
  return success();
}

/// Some rows of tiles are walked column by column, so that blocks that run at a
/// time read the same parts of both factors.
void ContractionEmitter::locateTile() {
  int64_t together = 1;
  for (int64_t rows = 2; rows <= kTileRowsPerGroup; ++rows)
    if (tileRows % rows == 0)
      together = rows;
  Value number = frame.block(0);
  int64_t perGroup = together * tileColumns;
  Value group = frame.divide(number, perGroup);
  Value inGroup = frame.remainder(number, perGroup);
  Value row =
      frame.add(frame.mul(group, together), frame.remainder(inGroup, together));
  rowOrigin = frame.mul(row, s.rows);
  columnOrigin = frame.mul(frame.divide(inGroup, together), s.columns);
  part = frame.block(1);
  batch = hasProducts() ? frame.block(2) : Value();
}

DepthRange ContractionEmitter::depthRange() {
  int64_t tiles = depthTiles(shapeOf(c), s);
  int64_t most = divideCeil(tiles, s.splits);
  Value first = frame.mul(part, most);
  Value last = frame.add(first, most);
  if (tiles % most != 0)
    last = frame.minimum(last, tiles);
  return {first, last, most};
}

LogicalResult ContractionEmitter::emitTiles() {
  frame.startGrid({tileRows * tileColumns, s.splits, shapeOf(c).products},
                  s.threads());
  b.setLoc(c.op->getLoc());
  GpuEvaluator evaluator(frame);
  for (const KernelResult &result : form.results)
    evaluator.prepareScalars(result.tensor);
  locateTile();
  MainloopContext context{frame,     evaluator,    c,    s,
                          rowOrigin, columnOrigin, batch};
  std::unique_ptr<Mainloop> mainloop = makeMainloop(context);
  int64_t together = mainloop->isLean() ? s.blocksPerProcessor : 1;
  frame.function()->setAttr(
      NVVM::NVVMDialect::getMinctasmAttrName(),
      b.getI32IntegerAttr(static_cast<int32_t>(together)));
  SmallVector<TileSums> sums = mainloop->emit(depthRange());
  Value staged = stageSums(sums);
  if (s.splits > 1)
    storePartialSums(evaluator, staged);
  else
    emitEpilogue(evaluator, staged);
  emitFactorResults(evaluator);
  return failure(evaluator.failed());
}

Value ContractionEmitter::stageSums(ArrayRef<TileSums> sums) {
  int64_t stride = s.columns + rowPadding;
  Value memory = frame.sharedView(0, {s.rows * stride}, b.getF32Type());
  for (const TileSums &part : sums)
    storeShared(frame, part.elements, memory,
                frame.add(frame.mul(part.row, stride), part.column));
  frame.barrier();
  return memory;
}

ElementLoop ContractionEmitter::tileLoop(ArrayRef<KernelResult> results) {
  ElementLoop loop;
  loop.rows = s.rows;
  loop.columns = s.columns;
  loop.rowOrigin = rowOrigin;
  loop.columnOrigin = columnOrigin;
  loop.rowBound = c.m;
  loop.columnBound = c.n;
  loop.batch = batch;
  loop.width = elementWidth(c.n);
  loop.packs = llvm::any_of(
      results, [](const KernelResult &result) { return result.packed; });
  loop.worker = frame.warp();
  loop.workers = s.warps();
  loop.unroll = elementUnroll;
  return loop;
}

static Value loadSums(GpuFrame &frame, Value sums, const ElementPlace &place,
                      int64_t stride) {
  Type type = frame.builder().getF32Type();
  if (place.position.width > 1)
    type = VectorType::get({place.position.width}, type);
  return loadShared(
      frame, type, sums,
      frame.add(frame.mul(place.localRow, stride), place.localColumn));
}

void ContractionEmitter::emitEpilogue(GpuEvaluator &evaluator, Value sums) {
  emitResults(frame, evaluator, tileLoop(epilogue), epilogue,
              [&](const ElementPlace &place) {
                evaluator.bind(
                    c.op->getResult(0), place.position,
                    loadSums(frame, sums, place, s.columns + rowPadding));
              });
}

//===----------------------------------------------------------------------===//
// Results that are computed from a factor alone
//===----------------------------------------------------------------------===//

/// Every block takes its share, whatever its tile: the first tiles of each row
/// would keep the others waiting.
void ContractionEmitter::emitFactorResults(GpuEvaluator &evaluator) {
  int64_t layers = s.splits * shapeOf(c).products;
  int64_t blocks = tileRows * tileColumns * layers;
  Value layer = part;
  if (batch)
    layer = frame.add(frame.mul(batch, s.splits), part);
  Value block =
      frame.add(frame.mul(layer, tileRows * tileColumns), frame.block(0));
  for (const KernelResult &result : ofFactors) {
    ElementLoop loop;
    ArrayRef<int64_t> shape = result.getShape();
    loop.rank = shape.size();
    loop.rows = loop.rowBound = ShapedType::getNumElements(shape.drop_back());
    loop.matrixRows = loop.rank == 3 ? shape[1] : 0;
    loop.columns = loop.columnBound = shape.back();
    loop.width = elementWidth(shape.back());
    loop.packs = result.packed;
    loop.worker = frame.add(frame.mul(block, s.warps()), frame.warp());
    loop.workers = blocks * s.warps();
    loop.unroll = std::min<int64_t>(elementUnroll,
                                    divideCeil(loop.turns(), loop.workers));
    emitResults(frame, evaluator, loop, result, [](const ElementPlace &) {});
  }
}

//===----------------------------------------------------------------------===//
// Parts of the contracted dimension
//===----------------------------------------------------------------------===//

Value ContractionEmitter::partialSums() {
  SmallVector<int64_t> shape{s.splits};
  llvm::append_range(
      shape, cast<RankedTensorType>(c.op->getResult(0).getType()).getShape());
  return frame.workspaceView(workspace, shape, b.getF32Type());
}

void ContractionEmitter::storePartialSums(GpuEvaluator &evaluator, Value sums) {
  Value partial = partialSums();
  auto store = [&](const ElementPlace &place) {
    SmallVector<Value, 4> at{part};
    llvm::append_range(at, evaluator.materialize(place.position.indices));
    Value elements = loadSums(frame, sums, place, s.columns + rowPadding);
    int64_t width = place.position.width;
    if (width == 1)
      memref::StoreOp::create(b, elements, partial, at);
    else
      vector::StoreOp::create(b, elements, partial, at,
                              /*nontemporal=*/false,
                              llvm::MaybeAlign(4 * width));
  };
  tileLoop({}).emit(
      frame, evaluator, [](const ElementPlace &) {},
      [&](const ElementPlace &place) {
        if (!place.valid)
          return store(place);
        frame.branch(place.valid, [&] {
          codegen::Evaluator::Scope scope(evaluator);
          store(place);
        });
      });
}

LogicalResult ContractionEmitter::emitSumOfParts() {
  if (epilogue.empty())
    return success();
  ElementLoop loop;
  loop.rows = loop.rowBound = shapeOf(c).products * c.m;
  if (hasProducts()) {
    loop.rank = 3;
    loop.matrixRows = c.m;
  }
  loop.columns = loop.columnBound = c.n;
  loop.width = elementWidth(c.n);
  loop.packs = llvm::any_of(
      epilogue, [](const KernelResult &result) { return result.packed; });
  int64_t warps = sumThreads / warpSize;
  int64_t blocks =
      std::min<int64_t>(divideCeil(loop.turns(), warps), mostSumBlocks);
  frame.startGrid({blocks, 1, 1}, sumThreads);
  GpuEvaluator evaluator(frame);
  for (const KernelResult &result : epilogue)
    evaluator.prepareScalars(result.tensor);
  loop.worker = frame.add(frame.mul(frame.block(0), warps), frame.warp());
  loop.workers = blocks * warps;
  loop.unroll = 1;
  Value partial = partialSums();
  auto load = [&](const ElementPlace &place, int64_t number) -> Value {
    SmallVector<Value, 4> at{frame.constant(number)};
    llvm::append_range(at, evaluator.materialize(place.position.indices));
    int64_t width = place.position.width;
    if (width == 1)
      return memref::LoadOp::create(b, partial, at);
    return vector::LoadOp::create(
        b, VectorType::get({width}, b.getF32Type()), partial, at,
        /*nontemporal=*/false, llvm::MaybeAlign(4 * width));
  };
  emitResults(frame, evaluator, loop, epilogue, [&](const ElementPlace &place) {
    // All loads come first, so that they are under way together.
    Value sum = load(place, 0);
    SmallVector<Value> others;
    for (int64_t i = 1; i < s.splits; ++i)
      others.push_back(load(place, i));
    for (Value next : others)
      sum = arith::AddFOp::create(b, sum, next);
    evaluator.bind(c.op->getResult(0), place.position, sum);
  });
  return failure(evaluator.failed());
}

} // namespace mlir::auxact::device
