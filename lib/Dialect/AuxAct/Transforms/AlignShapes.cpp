//===- AlignShapes.cpp - Elementwise operations in a batch's shape --------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Elementwise operations are over (rows, columns), a contraction with a batch
// is over (b, m, n). A view between them would send the tensor through memory,
// so that those which can be computed with the contraction get its shape.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/MapVector.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_ALIGNSHAPES
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static bool isBatchContraction(Operation *op) {
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  if (!generic)
    return false;
  auto loops = getContractionLoops(cast<linalg::LinalgOp>(op));
  return loops && loops->batch >= 0;
}

static bool isElementwise(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return isa<PackBitsOp, UnpackBitsOp>(op) ||
         (generic && generic.getNumReductionLoops() == 0);
}

static bool isComputation(Operation *op) {
  return isa<linalg::GenericOp, PackBitsOp>(op);
}

/// Elementwise over the rows and columns of a matrix, and nothing transposed.
static bool isOnMatrix(Operation *op) {
  if (isa_and_nonnull<PackBitsOp>(op))
    return asTensor(op->getResult(0)).getRank() == 2;
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  if (!generic || generic.getNumLoops() != 2 ||
      generic.getNumReductionLoops() != 0)
    return false;
  return llvm::all_of(generic.getIndexingMapsArray(), [](AffineMap map) {
    return map.isIdentity() ||
           (map.getNumResults() < 2 && map.isProjectedPermutation());
  });
}

/// Rows and columns of an operation on a matrix; of predicates, not bytes.
static ArrayRef<int64_t> getSpace(Operation *op) {
  Value value = isa<PackBitsOp>(op) ? op->getOperand(0) : op->getResult(0);
  return asTensor(value).getShape();
}

static SmallVector<Value> getReads(Operation *op) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return generic.getDpsInputs();
  return SmallVector<Value>(op->getOperands());
}

static Value beforeViews(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, SaveOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// `value`, whose leading dimension counts b * m, with that dimension as two.
/// Bits are unpacked once more, since predicates are never in memory.
static Value expandRows(OpBuilder &builder, Location loc, Value value,
                        int64_t batch) {
  RankedTensorType type = asTensor(value);
  SmallVector<int64_t> shape(type.getShape());
  shape.front() /= batch;
  shape.insert(shape.begin(), batch);
  auto expanded = RankedTensorType::get(shape, type.getElementType());
  if (auto unpack = value.getDefiningOp<UnpackBitsOp>())
    return UnpackBitsOp::create(
        builder, loc, expanded,
        expandRows(builder, loc, unpack.getOperand(), batch));
  if (auto collapse = value.getDefiningOp<tensor::CollapseShapeOp>())
    if (collapse.getSrcType() == expanded)
      return collapse.getSrc();
  SmallVector<ReassociationIndices> groups = {{0, 1}};
  for (int64_t i = 1; i < type.getRank(); ++i)
    groups.push_back({i + 1});
  return tensor::ExpandShapeOp::create(builder, loc, expanded, value, groups);
}

static Value collapseRows(OpBuilder &builder, Location loc, Value value) {
  SmallVector<ReassociationIndices> groups = {{0, 1}};
  for (int64_t i = 2; i < asTensor(value).getRank(); ++i)
    groups.push_back({i});
  return tensor::CollapseShapeOp::create(builder, loc, value, groups);
}

/// The generic over (b, m, n) where it was over (b * m, n).
static SmallVector<Value> expandGeneric(OpBuilder &builder,
                                        linalg::GenericOp op, int64_t batch) {
  Location loc = op.getLoc();
  MLIRContext *context = builder.getContext();
  AffineExpr b, m, n;
  bindDims(context, b, m, n);
  SmallVector<AffineMap> maps;
  SmallVector<Value> inputs, inits;
  SmallVector<Type> types;
  for (OpOperand &operand : op->getOpOperands()) {
    SmallVector<AffineExpr> exprs;
    bool readsRows = false;
    for (AffineExpr expr : op.getMatchingIndexingMap(&operand).getResults()) {
      bool isRow = cast<AffineDimExpr>(expr).getPosition() == 0;
      readsRows |= isRow;
      if (isRow)
        exprs.append({b, m});
      else
        exprs.push_back(n);
    }
    maps.push_back(AffineMap::get(3, 0, exprs, context));
    if (op.isDpsInit(&operand)) {
      RankedTensorType type = asTensor(operand.get());
      auto expanded = RankedTensorType::get(
          {batch, type.getDimSize(0) / batch, type.getDimSize(1)},
          type.getElementType());
      inits.push_back(tensor::EmptyOp::create(builder, loc, expanded.getShape(),
                                              expanded.getElementType()));
      types.push_back(expanded);
      continue;
    }
    inputs.push_back(readsRows ? expandRows(builder, loc, operand.get(), batch)
                               : operand.get());
  }
  SmallVector<utils::IteratorType> iterators(3, utils::IteratorType::parallel);
  auto expanded =
      linalg::GenericOp::create(builder, loc, types, inputs, inits, maps,
                                iterators, /*bodyBuild=*/nullptr);
  IRMapping mapping;
  op.getRegion().cloneInto(&expanded.getRegion(), mapping);
  int64_t rows = asTensor(inits.front()).getDimSize(1);
  for (auto index : llvm::make_early_inc_range(
           expanded.getBody()->getOps<linalg::IndexOp>())) {
    OpBuilder body(index);
    if (index.getDim() == 1) {
      index.setDim(2);
      continue;
    }
    Value count = arith::ConstantIndexOp::create(body, loc, rows);
    Value element = linalg::IndexOp::create(body, loc, 0);
    Value row = arith::AddIOp::create(
        body, loc, arith::MulIOp::create(body, loc, element, count),
        linalg::IndexOp::create(body, loc, 1));
    index.replaceAllUsesWith(row);
    index.erase();
  }
  return SmallVector<Value>(expanded.getResults());
}

/// Replaces an operation on a matrix by the same over (b, m, n), and returns
/// that.
static Operation *expandOperation(Operation *op, int64_t batch) {
  OpBuilder builder(op);
  Location loc = op->getLoc();
  SmallVector<Value> results;
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    results = expandGeneric(builder, generic, batch);
  } else {
    Value predicate = expandRows(builder, loc, op->getOperand(0), batch);
    results = {PackBitsOp::create(
        builder, loc,
        getPackedBitsType(op->getContext(), asTensor(predicate).getShape()),
        predicate)};
  }
  for (auto [result, expanded] : llvm::zip_equal(op->getResults(), results))
    result.replaceAllUsesWith(collapseRows(builder, loc, expanded));
  op->erase();
  return results.front().getDefiningOp();
}

namespace {

struct AlignShapes : auxact::impl::AlignShapesBase<AlignShapes> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration() || func->hasAttr(attrs::kernel))
      return;
    Block &body = func.getBody().front();
    if (llvm::none_of(body,
                      [](Operation &op) { return isBatchContraction(&op); }))
      return;
    followContractions(body);
    leadToContractions(body);
  }

private:
  /// The latest operation before `value` that is not elementwise.
  Operation *anchorOf(Value value) const {
    Operation *op = beforeViews(value).getDefiningOp();
    return op ? anchors.lookup(op) : nullptr;
  }

  /// Epilogues, in program order: what reads a contraction's result, or what
  /// was made of it before, and nothing later.
  void followContractions(Block &body) {
    SmallVector<Operation *> order;
    for (Operation &op : body)
      order.push_back(&op);
    llvm::DenseMap<Operation *, int64_t> position;
    for (auto [number, op] : llvm::enumerate(order))
      position[op] = number;
    for (Operation *op : order) {
      if (!isElementwise(op)) {
        anchors[op] = op;
        continue;
      }
      Operation *latest = nullptr;
      for (Value read : getReads(op)) {
        Operation *anchor = anchorOf(read);
        if (anchor && isa<linalg::GenericOp>(anchor) &&
            (!latest || position[anchor] > position[latest]))
          latest = anchor;
      }
      anchors[op] = latest;
      if (!latest || !isBatchContraction(latest) || !isOnMatrix(op))
        continue;
      ArrayRef<int64_t> sum = asTensor(latest->getResult(0)).getShape();
      ArrayRef<int64_t> space = getSpace(op);
      if (sum.size() != 3 || space[0] != sum[0] * sum[1] || space[1] != sum[2])
        continue;
      bool reads = llvm::any_of(getReads(op), [&](Value read) {
        auto view = read.getDefiningOp<tensor::CollapseShapeOp>();
        return view && view.getSrcType().getShape() == sum &&
               anchorOf(read) == latest;
      });
      if (!reads)
        continue;
      anchors.erase(op);
      anchors[expandOperation(op, sum[0])] = latest;
    }
  }

  /// Prologues: what is read in the shape of a batch only, directly or by way
  /// of each other, and what nothing else makes in passing.
  void leadToContractions(Block &body) {
    llvm::MapVector<Operation *, int64_t> candidates;
    for (auto view : body.getOps<tensor::ExpandShapeOp>()) {
      RankedTensorType from = view.getSrcType(), to = view.getResultType();
      bool splitsRows = from.getRank() == 2 && to.getRank() == 3 &&
                        from.getDimSize(1) == to.getDimSize(2);
      if (splitsRows && llvm::any_of(view->getUsers(), isComputation))
        collect(view.getSrc(), to.getDimSize(0), candidates);
    }
    // Bits that are packed of what is collected go with it.
    for (Operation &op : body)
      if (isa<PackBitsOp>(op) && isOnMatrix(&op))
        if (Operation *def = op.getOperand(0).getDefiningOp();
            def && candidates.contains(def))
          candidates.insert({&op, candidates.lookup(def)});
    // Until nothing is left that others read as a matrix.
    auto stays = [&](Operation *op, int64_t batch) {
      if (isa<PackBitsOp>(op))
        return candidates.contains(op->getOperand(0).getDefiningOp());
      return llvm::all_of(op->getUsers(), [&](Operation *user) {
        return isa<tensor::ExpandShapeOp>(user) ||
               (candidates.contains(user) && candidates.lookup(user) == batch);
      });
    };
    SmallVector<Operation *> leaving;
    do {
      leaving.clear();
      for (auto [op, batch] : candidates)
        if (!stays(op, batch))
          leaving.push_back(op);
      for (Operation *op : leaving)
        candidates.erase(op);
    } while (!leaving.empty());
    auto order = candidates.takeVector();
    for (auto [op, batch] : llvm::reverse(order))
      expandOperation(op, batch);
  }

  void collect(Value value, int64_t batch,
               llvm::MapVector<Operation *, int64_t> &candidates) {
    Operation *op = value.getDefiningOp();
    if (!isOnMatrix(op) || candidates.contains(op))
      return;
    // Whoever makes the sum that it can be computed with has its shape.
    Operation *anchor = anchors.lookup(op);
    if (anchor && asTensor(anchor->getResult(0)).getShape() == getSpace(op))
      return;
    candidates.insert({op, batch});
    for (Value read : getReads(op))
      if (asTensor(read).getRank() == 2)
        collect(read, batch, candidates);
  }

  llvm::DenseMap<Operation *, Operation *> anchors;
};

} // namespace
