//===- VerifyLinalgStage.cpp - The form that linalg ends in ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Check the form that the linalg stage ends in.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/IR/ViewBuilders.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_VERIFYLINALGSTAGE
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

/// Tensors of a fixed shape, without an encoding, of an element type that
/// kernels know; double precision in single numbers only.
static LogicalResult verifyType(Operation *op, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return success();
  if (!tensor.hasStaticShape())
    return op->emitOpError()
           << "expects tensors of a fixed shape at the linalg "
              "stage, but one is "
           << type;
  if (tensor.getEncoding())
    return op->emitOpError()
           << "expects no encoded tensor at the linalg stage, but one is "
           << type << "; its bytes would be lost in bufferization";
  Type element = tensor.getElementType();
  bool known = element.isF32() || element.isBF16() || element.isInteger(1) ||
               element.isInteger(2) || element.isInteger(4) ||
               element.isInteger(8) || element.isInteger(32) ||
               element.isInteger(64) ||
               (element.isF64() && tensor.getRank() == 0);
  if (!known)
    return op->emitOpError()
           << "expects elements of type f32, bf16, i1, i2, i4, i8, i32 "
              "or i64 (f64 in rank 0) at the linalg stage, but "
              "one tensor is "
           << type;
  return success();
}

/// Straight-line arithmetic on scalars.
static LogicalResult verifyBody(linalg::GenericOp generic) {
  for (Operation &op : *generic.getBody()) {
    bool scalar = isa<linalg::IndexOp, linalg::YieldOp>(op) ||
                  isa<arith::ArithDialect, math::MathDialect>(op.getDialect());
    if (!scalar)
      return op.emitOpError("is no arithmetic on scalars; expected arith, math "
                            "and linalg.index in the body of a linalg.generic");
  }
  return success();
}

static bool isFillOf(Value value, std::optional<double> number) {
  auto fill = value.getDefiningOp<linalg::FillOp>();
  FloatAttr constant;
  if (!fill || !matchPattern(fill.getInputs()[0], m_Constant(&constant)))
    return false;
  return !number || constant.getValueAsDouble() == *number;
}

static LogicalResult verifyElementwise(linalg::GenericOp op) {
  for (AffineMap map : op.getIndexingMapsArray())
    if (!map.isProjectedPermutation())
      return op.emitOpError() << "is elementwise, which expects operand maps "
                                 "that are projected permutations, but one is "
                              << AffineMapAttr::get(map);
  for (OpOperand &init : op.getDpsInitsMutable())
    if (!op.getMatchingIndexingMap(&init).isIdentity())
      return op.emitOpError()
             << "is elementwise, which expects results read at "
                "the identity, but one map is "
             << AffineMapAttr::get(op.getMatchingIndexingMap(&init));
  return success();
}

static LogicalResult verifyReduction(linalg::GenericOp op) {
  // One loop that is reduced, at most one before it and one after it.
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  size_t reduced =
      llvm::find(iterators, utils::IteratorType::reduction) - iterators.begin();
  if (reduced > 1 || iterators.size() > reduced + 2)
    return op.emitOpError()
           << "is a reduction, which expects at most one loop before the "
              "reduced one and one after it; collapse the others into them";
  SmallVector<AffineExpr> kept;
  for (auto [i, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
    if (iterator == utils::IteratorType::parallel)
      kept.push_back(getAffineDimExpr(i, op.getContext()));
  auto expected = AffineMap::get(op.getNumLoops(), 0, kept, op.getContext());
  for (OpOperand &init : op.getDpsInitsMutable()) {
    if (op.getMatchingIndexingMap(&init) != expected)
      return op.emitOpError()
             << "is a reduction, which expects results mapped "
             << AffineMapAttr::get(expected) << ", but one map is "
             << AffineMapAttr::get(op.getMatchingIndexingMap(&init));
    if (!isFillOf(init.get(), std::nullopt))
      return op.emitOpError("is a reduction, which expects to start from a "
                            "linalg.fill of a constant");
    Value yielded = op.getMatchingYieldValue(&init)->get();
    Operation *combiner = yielded.getDefiningOp();
    if (!isa_and_nonnull<arith::AddFOp, arith::MaximumFOp, arith::MinimumFOp>(
            combiner) ||
        !llvm::is_contained(combiner->getOperands(),
                            op.getMatchingBlockArgument(&init)))
      return op.emitOpError("is a reduction, which expects to combine by addf, "
                            "maximumf or minimumf");
  }
  return success();
}

/// A factor as the body reads it: as it is, or extended from bf16.
static Value getFactor(BlockArgument argument) {
  if (!argument.getType().isBF16() || !argument.hasOneUse())
    return argument;
  auto extended = dyn_cast<arith::ExtFOp>(*argument.user_begin());
  return extended ? extended.getResult() : argument;
}

/// sum over k of A * B, each stored either way round, in f32 or bf16; sums are
/// f32. With a batch, that for each of its elements, or summed over them.
static LogicalResult verifyContraction(linalg::GenericOp op) {
  auto fail = [&](const Twine &what) {
    return op.emitOpError()
           << "has the loops of a contraction, (m, n, k), (b, m, n, k) or (m, "
              "n, b, k): "
           << what;
  };
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return fail("it has not two operands and one result");
  if (!getContractionLayout(cast<linalg::LinalgOp>(op.getOperation())))
    return fail("its maps are not (m, k) or (k, m), (k, n) or (n, k), (m, n), "
                "with b before them where there is one");
  if (!isFillOf(op.getDpsInits()[0], 0.0))
    return fail("it does not start from a linalg.fill of 0");
  Block *body = op.getBody();
  auto sum =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  Value product;
  if (sum && sum.getLhs() == body->getArgument(2))
    product = sum.getRhs();
  else if (sum && sum.getRhs() == body->getArgument(2))
    product = sum.getLhs();
  auto mul = product ? product.getDefiningOp<arith::MulFOp>() : arith::MulFOp();
  Value lhs = getFactor(body->getArgument(0));
  Value rhs = getFactor(body->getArgument(1));
  bool factors = mul && ((mul.getLhs() == lhs && mul.getRhs() == rhs) ||
                         (mul.getLhs() == rhs && mul.getRhs() == lhs));
  unsigned extensions = llvm::range_size(body->getOps<arith::ExtFOp>());
  if (!factors ||
      llvm::range_size(body->without_terminator()) != 2 + extensions)
    return fail("its body is not one mulf and one addf, of bf16 factors "
                "extended to f32");
  return success();
}

static LogicalResult verifyGeneric(linalg::GenericOp op) {
  if (failed(verifyBody(op)))
    return failure();
  if (op.getNumReductionLoops() == 0)
    return verifyElementwise(op);
  if (getContractionLoops(cast<linalg::LinalgOp>(op.getOperation())))
    return verifyContraction(op);
  if (op.getNumReductionLoops() == 1)
    return verifyReduction(op);
  return op.emitOpError() << "expects at most one reduced loop, but has "
                          << op.getNumReductionLoops();
}

/// Rows one after the other are consecutive bytes; kernels expect them aligned.
static LogicalResult verifyRowSlice(tensor::ExtractSliceOp slice) {
  RankedTensorType source = slice.getSourceType();
  RankedTensorType result = slice.getType();
  bool rows = result.getRank() == source.getRank() && source.getRank() > 0 &&
              result.getShape().drop_front() == source.getShape().drop_front();
  if (!rows || !slice.hasUnitStride() || slice.isDynamicOffset(0))
    return slice.emitOpError("expects rows one after the other: all of the "
                             "source but a part of its first dimension");
  int64_t offset =
      getStoredBytes(source) / source.getDimSize(0) * slice.getStaticOffset(0);
  if (offset % kRowSliceAlignment != 0)
    return slice.emitOpError()
           << "expects to start at a multiple of " << kRowSliceAlignment
           << " bytes, but starts at " << offset;
  return success();
}

static LogicalResult verifyOp(Operation *op) {
  for (Type type : op->getOperandTypes())
    if (failed(verifyType(op, type)))
      return failure();
  for (Type type : op->getResultTypes())
    if (failed(verifyType(op, type)))
      return failure();
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return verifyGeneric(generic);
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto values = dyn_cast<DenseElementsAttr>(constant.getValue());
    if (values && !values.isSplat())
      return op->emitOpError()
             << "holds a table of values, " << values.getType()
             << ", which kernels cannot; make it an argument marked "
                "auxact.buffer";
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return verifyRowSlice(slice);
  if (isa<linalg::FillOp, tensor::EmptyOp, arith::ConstantOp,
          tensor::CollapseShapeOp, tensor::ExpandShapeOp, SaveOp, AffineViewOp,
          GatherRowsOp, PackBitsOp, UnpackBitsOp, func::ReturnOp>(op) ||
      isStandaloneKernel(op))
    return success();
  return op->emitOpError(
      "is left at the linalg stage; expected linalg.generic, "
      "linalg.fill, tensor.empty, constants, views, "
      "auxact.save, auxact.affine_view, auxact.gather_rows, "
      "auxact.pack_bits, auxact.unpack_bits and standalone kernels only");
}

namespace {

struct VerifyLinalgStage
    : auxact::impl::VerifyLinalgStageBase<VerifyLinalgStage> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isDeclaration() || func->hasAttr(attrs::kernel))
        continue;
      for (Type type : func.getArgumentTypes())
        if (failed(verifyType(func, type)))
          return signalPassFailure();
      for (Operation &op : func.getBody().front())
        if (failed(verifyOp(&op)))
          return signalPassFailure();
    }
  }
};

} // namespace
