//===- KernelForm.cpp - What a kernel function computes -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Recognition of kernels, and every reason to refuse one.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/Kernel/KernelForm.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::auxact::codegen {

bool isTensorKernel(func::FuncOp function) {
  return function->hasAttr(attrs::kernel) && !function.isExternal() &&
         function.getNumResults() > 0;
}

bool isPackBits(Operation *op) { return isa_and_nonnull<PackBitsOp>(op); }

bool isUnpackBits(Operation *op) { return isa_and_nonnull<UnpackBitsOp>(op); }

bool readsElsewhere(Operation *op) {
  return isa_and_nonnull<AffineViewOp, GatherRowsOp>(op);
}

bool dependsOn(Value value, llvm::function_ref<bool(Operation *)> predicate) {
  SetVector<Operation *> reached;
  if (Operation *def = value.getDefiningOp())
    reached.insert(def);
  for (size_t i = 0; i < reached.size(); ++i) {
    if (predicate(reached[i]))
      return true;
    for (Value operand : reached[i]->getOperands())
      if (Operation *def = operand.getDefiningOp())
        reached.insert(def);
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Checks that hold for every kernel
//===----------------------------------------------------------------------===//

static LogicalResult checkType(Operation *op, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return op->emitError(
               "a kernel takes and returns ranked tensors, but here is ")
           << type;
  if (!tensor.hasStaticShape())
    return op->emitError("kernels need static shapes, but here is ")
           << type << "; compile one kernel per shape";
  if (tensor.getEncoding())
    return op->emitError("the encoding of ")
           << type << " was not lowered; run -convert-auxact-to-linalg first";
  Type element = tensor.getElementType();
  if (!element.isF32() && !element.isBF16() && !element.isF64() &&
      !element.isSignlessInteger())
    return op->emitError("kernels compute on f32, f64 and signless integers, "
                         "and hold bf16, but here is ")
           << type;
  return success();
}

/// The body may hold only scalar operations that have a vector form.
static LogicalResult checkBody(linalg::LinalgOp op) {
  for (Operation &inner : *op.getBlock()) {
    if (isa<linalg::YieldOp, linalg::IndexOp>(inner) ||
        inner.hasTrait<::mlir::OpTrait::ConstantLike>())
      continue;
    if (!::mlir::OpTrait::hasElementwiseMappableTraits(&inner))
      return inner.emitError("'")
             << inner.getName()
             << "' has no vector form; a kernel's generics hold only "
                "elementwise arith and math "
                "operations";
    // bf16 is how elements lie in memory; arithmetic on it rounds every step.
    if (isa<FloatType>(inner.getResult(0).getType()) &&
        !isa<arith::TruncFOp, arith::SelectOp>(inner) &&
        inner.getResult(0).getType().isBF16())
      return inner.emitError("computes in bf16; extend to f32 before and "
                             "truncate after it");
    for (Value operand : inner.getOperands()) {
      Operation *def = operand.getDefiningOp();
      if (def && def->getBlock() != op.getBlock() &&
          !def->hasTrait<::mlir::OpTrait::ConstantLike>())
        return inner.emitError(
            "reads a scalar that is no constant from outside its generic; pass "
            "it as a rank-0 tensor operand");
    }
  }
  return success();
}

static LogicalResult checkMaps(linalg::LinalgOp op) {
  for (AffineMap map : op.getIndexingMapsArray())
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return op->emitError("indexing maps of a kernel must be projected "
                           "permutations, but one is ")
             << AffineMapAttr::get(map);
  for (OpOperand &init : op.getDpsInitsMutable())
    if (!op.getMatchingIndexingMap(&init).isProjectedPermutation())
      return op->emitError(
          "result maps of a kernel must be projected permutations");
  return success();
}

static bool isReduction(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return linalgOp && linalgOp.getNumReductionLoops() > 0;
}

static LogicalResult checkOperations(func::FuncOp kernel) {
  if (!kernel.getBody().hasOneBlock())
    return kernel.emitError(
               "a kernel is one straight-line block, but this one has ")
           << kernel.getBody().getBlocks().size();
  for (Type type : kernel.getArgumentTypes())
    if (failed(checkType(kernel, type)))
      return failure();
  for (Operation &op : kernel.getBody().front()) {
    if (isa<func::ReturnOp, tensor::EmptyOp>(op))
      continue;
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      if (isa<ShapedType>(constant.getType()) &&
          !isa<SplatElementsAttr>(constant.getValue()))
        return op.emitError("a kernel holds only splat constants; pass other "
                            "tensors as arguments");
      continue;
    }
    if (isPackBits(&op) || isUnpackBits(&op)) {
      if (isUnpackBits(&op) && !isa<BlockArgument>(op.getOperand(0)) &&
          !isPackBits(op.getOperand(0).getDefiningOp()))
        return op.emitError("unpacks a tensor that is neither an argument of "
                            "the kernel nor packed "
                            "in it");
      continue;
    }
    if (isStandaloneKernel(&op)) {
      for (Type type : op.getResultTypes())
        if (failed(checkType(&op, type)))
          return failure();
      continue;
    }
    if (readsElsewhere(&op)) {
      if (dependsOn(op.getOperand(0), isReduction))
        return op.emitError("reads at other positions what its own kernel sums "
                            "up; put it into another kernel");
      if (failed(checkType(&op, op.getResult(0).getType())))
        return failure();
      continue;
    }
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (!linalgOp)
      return op.emitError("'") << op.getName()
                               << "' is not supported in a kernel; it holds "
                                  "linalg generics, fills, affine_view, "
                                  "gather_rows, pack_bits, unpack_bits and "
                                  "constants, or one standalone operation";
    if (failed(checkMaps(linalgOp)) || failed(checkBody(linalgOp)))
      return failure();
    for (Type type : op.getResultTypes())
      if (failed(checkType(&op, type)))
        return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

static bool isZero(Value init) {
  auto fill = init.getDefiningOp<linalg::FillOp>();
  Attribute value;
  if (fill && matchPattern(fill.value(), m_Constant(&value)))
    if (auto number = dyn_cast<FloatAttr>(value))
      return number.getValue().isZero();
  DenseElementsAttr elements;
  if (matchPattern(init, m_Constant(&elements)) && elements.isSplat() &&
      isa<FloatType>(elements.getElementType()))
    return elements.getSplatValue<APFloat>().isZero();
  return false;
}

/// Told by the loops alone; the body is checked afterwards.
static bool isContraction(linalg::LinalgOp op) {
  return getContractionLoops(op) && op.getNumDpsInputs() == 2 &&
         op.getNumDpsInits() == 1;
}

/// A factor as the body reads it: as it is in f32, extended where it is bf16.
static Value getFactor(BlockArgument argument) {
  if (!argument.getType().isBF16() || !argument.hasOneUse())
    return argument;
  auto extended = dyn_cast<arith::ExtFOp>(*argument.user_begin());
  return extended ? extended.getResult() : argument;
}

static LogicalResult checkContractionBody(linalg::LinalgOp op) {
  Block &body = *op.getBlock();
  auto add = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  Value accumulator = body.getArgument(2);
  Value product = !add                          ? Value()
                  : add.getLhs() == accumulator ? add.getRhs()
                  : add.getRhs() == accumulator ? add.getLhs()
                                                : Value();
  auto mul = product ? product.getDefiningOp<arith::MulFOp>() : arith::MulFOp();
  SmallPtrSet<Value, 2> factors;
  if (mul)
    factors.insert(mul.getOperands().begin(), mul.getOperands().end());
  if (!factors.contains(getFactor(body.getArgument(0))) ||
      !factors.contains(getFactor(body.getArgument(1))))
    return op->emitError("the body of a contraction must be a multiplication "
                         "and an addition, of factors in f32 or extended from "
                         "bf16; move other arithmetic into a generic before or "
                         "after it");
  for (Value factor : body.getArguments().take_front(2))
    if (!factor.getType().isF32() && !factor.getType().isBF16())
      return op->emitError("the factors of a contraction are f32 or bf16, but "
                           "here is ")
             << factor.getType();
  if (!body.getArgument(2).getType().isF32())
    return op->emitError(
               "contractions are computed in f32, but this one is in ")
           << body.getArgument(2).getType();
  if (!isZero(op.getDpsInits()[0]))
    return op->emitError(
        "a contraction starts from a zero fill; add other terms in a generic "
        "after it");
  return success();
}

static FailureOr<Contraction> analyzeContraction(linalg::LinalgOp op) {
  if (failed(checkContractionBody(op)))
    return failure();
  std::optional<ContractionLayout> layout = getContractionLayout(op);
  if (!layout)
    return op->emitError("the maps of a contraction are (m, k) or (k, m), (k, "
                         "n) or (n, k), and (m, n), with the batch before them "
                         "where there is one, but here they are ")
           << op.getIndexingMaps();
  Contraction result;
  result.op = op;
  result.a = {op->getOperand(0), layout->lhsTransposed, layout->lhsBatched};
  result.b = {op->getOperand(1), !layout->rhsTransposed, layout->rhsBatched};
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  result.m = ranges[layout->loops.m];
  result.n = ranges[layout->loops.n];
  result.k = ranges[layout->loops.k];
  if (layout->loops.batch >= 0) {
    result.batch = layout->loops.sumsBatch ? Contraction::ReducedBatch
                                           : Contraction::ParallelBatch;
    result.batches = ranges[layout->loops.batch];
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

static FailureOr<SmallVector<ReducedValue>>
analyzeCombiners(linalg::LinalgOp op) {
  SmallVector<ReducedValue> values;
  Block &body = *op.getBlock();
  for (auto [number, yielded] :
       llvm::enumerate(body.getTerminator()->getOperands())) {
    Value accumulator = body.getArgument(op.getNumDpsInputs() + number);
    Operation *def = yielded.getDefiningOp();
    std::optional<Combiner> combiner =
        llvm::TypeSwitch<Operation *, std::optional<Combiner>>(def)
            .Case([](arith::AddFOp) { return Combiner::Add; })
            .Case([](arith::MaximumFOp) { return Combiner::Maximum; })
            .Case([](arith::MinimumFOp) { return Combiner::Minimum; })
            .Default([](Operation *) { return std::nullopt; });
    if (!combiner || !llvm::is_contained(def->getOperands(), accumulator))
      return op->emitError("result ")
             << number
             << " must combine its accumulator by addf, maximumf or minimumf";
    if (!accumulator.hasOneUse())
      return op->emitError("the accumulator of result ")
             << number << " may be read only by its combiner";
    Value combined = def->getOperand(def->getOperand(0) == accumulator ? 1 : 0);
    values.push_back({*combiner, combined});
  }
  return values;
}

/// Whether consecutive elements of memory lie along the reduced dimension of a
/// reduction with one other loop.
static bool reducesRows(linalg::LinalgOp op, unsigned reductionLoop) {
  for (AffineMap map : op.getIndexingMapsArray())
    if (map.getNumResults() == 2)
      return map.getDimPosition(1) == reductionLoop;
  return false;
}

static FailureOr<Reduction> analyzeReduction(linalg::LinalgOp op) {
  Reduction result;
  result.op = op;
  SmallVector<unsigned> reduced;
  op.getReductionDims(reduced);
  unsigned loops = op.getNumLoops();
  if (reduced.size() != 1 || loops > 3 || (loops == 3 && reduced[0] != 1))
    return op->emitError(
        "a reduction has exactly one reduced loop, and at most one parallel "
        "loop before it and one after it; collapse the others into them, or "
        "reduce one dimension after the other");
  result.reductionLoop = reduced[0];
  if (loops == 3) {
    result.outerLoop = 0;
    result.innerLoop = 2;
  } else if (loops == 2) {
    (reducesRows(op, reduced[0]) ? result.outerLoop : result.innerLoop) =
        1 - reduced[0];
  }
  auto values = analyzeCombiners(op);
  if (failed(values))
    return failure();
  result.values = *values;
  return result;
}

static LogicalResult analyzeReductions(ArrayRef<linalg::LinalgOp> ops,
                                       KernelForm &form) {
  DenseMap<Operation *, int> levels;
  for (linalg::LinalgOp op : ops) {
    auto reduction = analyzeReduction(op);
    if (failed(reduction))
      return failure();
    SmallVector<int64_t> ranges = op.getStaticLoopRanges();
    auto extent = [&](int loop) { return loop < 0 ? 1 : ranges[loop]; };
    int64_t outer = extent(reduction->outerLoop);
    int64_t reduced = extent(reduction->reductionLoop);
    int64_t inner = extent(reduction->innerLoop);
    KernelKind kind = reduction->innerLoop < 0   ? KernelKind::RowReduction
                      : reduction->outerLoop < 0 ? KernelKind::ColumnReduction
                                                 : KernelKind::InnerReduction;
    if (form.reductions.empty()) {
      form.kind = kind;
      form.outerExtent = outer;
      form.reductionExtent = reduced;
      form.innerExtent = inner;
    } else if (kind != form.kind || outer != form.outerExtent ||
               reduced != form.reductionExtent || inner != form.innerExtent) {
      return op->emitError(
          "all reductions of a kernel share one iteration space and direction; "
          "put this one into a kernel of its own");
    }
    for (Value operand : op->getOperands())
      dependsOn(operand, [&](Operation *def) {
        if (auto it = levels.find(def); it != levels.end())
          reduction->level = std::max(reduction->level, it->second + 1);
        return false;
      });
    levels[op] = reduction->level;
    form.reductions.push_back(*reduction);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

static void collectResults(func::FuncOp kernel, KernelForm &form) {
  Operation *terminator = kernel.getBody().front().getTerminator();
  for (auto [number, value] : llvm::enumerate(terminator->getOperands())) {
    KernelResult result;
    result.tensor = value;
    result.number = number;
    if (isPackBits(value.getDefiningOp())) {
      result.packed = true;
      result.tensor = value.getDefiningOp()->getOperand(0);
    }
    result.afterReduction = dependsOn(result.tensor, isReduction);
    form.results.push_back(result);
  }
}

//===----------------------------------------------------------------------===//
// Standalone operations
//===----------------------------------------------------------------------===//

std::optional<unsigned> KernelForm::getStandaloneResult(unsigned number) const {
  for (const KernelResult &result : results)
    if (result.tensor == standalone->getResult(number))
      return result.number;
  return std::nullopt;
}

/// The kernel's standalone operation, null if it has none; fails where it is
/// not alone.
static FailureOr<Operation *> findStandalone(func::FuncOp kernel) {
  Block &body = kernel.getBody().front();
  auto it = llvm::find_if(
      body, [](Operation &op) { return isStandaloneKernel(&op); });
  if (it == body.end())
    return nullptr;
  for (Operation &other : body)
    if (&other != &*it && !isa<func::ReturnOp>(other))
      return other.emitError("shares a kernel with '")
             << it->getName() << "', which must be alone in it";
  for (Value operand : it->getOperands())
    if (!isa<BlockArgument>(operand))
      return it->emitError("expects to read arguments of its kernel");
  for (Value result : body.getTerminator()->getOperands())
    if (result.getDefiningOp() != &*it)
      return it->emitError("expects its kernel to return its results only");
  return &*it;
}

FailureOr<KernelForm> analyzeKernel(func::FuncOp kernel) {
  if (failed(checkOperations(kernel)))
    return failure();
  KernelForm form;
  collectResults(kernel, form);
  auto standalone = findStandalone(kernel);
  if (failed(standalone))
    return failure();
  if (*standalone) {
    form.kind = KernelKind::Standalone;
    form.standalone = *standalone;
    return form;
  }
  for (const KernelResult &result : form.results)
    if (!result.packed && result.getBits() < 8)
      return kernel.emitError("result ")
             << result.number << " holds elements of " << result.getBits()
             << " bit" << (result.getBits() == 1 ? "" : "s")
             << "; store it through auxact.pack_bits";

  SmallVector<linalg::LinalgOp> contractions, reductions;
  kernel.getBody().walk([&](linalg::LinalgOp op) {
    if (op.getNumReductionLoops() > 0)
      (isContraction(op) ? contractions : reductions).push_back(op);
  });
  if (contractions.size() > 1)
    return contractions[1]->emitError("a kernel holds at most one contraction");
  if (!contractions.empty() && !reductions.empty())
    return reductions[0]->emitError(
        "a kernel holds a contraction or reductions, not both");
  if (!contractions.empty()) {
    auto contraction = analyzeContraction(contractions[0]);
    if (failed(contraction))
      return failure();
    form.kind = KernelKind::Contraction;
    form.contraction = *contraction;
  } else if (!reductions.empty() &&
             failed(analyzeReductions(reductions, form))) {
    return failure();
  }
  return form;
}

} // namespace mlir::auxact::codegen
