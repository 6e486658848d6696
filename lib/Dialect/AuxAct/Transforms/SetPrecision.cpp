//===- SetPrecision.cpp - Round what contractions read and steps keep -----===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Mixed precision, as a change of a float32 program: where a value is rounded
// is decided here, once, and is then part of the program like any other
// operation.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"
#include "auxact/Dialect/AuxAct/Transforms/Precision.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

namespace mlir::auxact {
#define GEN_PASS_DEF_SETPRECISION
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static bool isFloat32(Value value) {
  return asTensor(value).getElementType().isF32();
}

/// Whether the operation shows the same elements in other places.
static bool isReshape(Operation *op) {
  return isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp,
                         AffineViewOp>(op);
}

static bool isContraction(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return generic && getContractionLoops(cast<linalg::LinalgOp>(op)).has_value();
}

static bool isReduction(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return generic && generic.getNumReductionLoops() > 0 && !isContraction(op);
}

static bool isElementwise(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return generic && generic.getNumReductionLoops() == 0;
}

/// Computed again by what reads it rather than kept in memory.
static bool isCheap(Operation *op) {
  return llvm::none_of(*cast<linalg::GenericOp>(op).getBody(),
                       [](Operation &inner) {
                         return isa<math::MathDialect>(inner.getDialect()) &&
                                !isa<math::AbsFOp, math::SqrtOp>(inner);
                       });
}

/// The value whose elements `value` shows under another shape.
static Value getBeforeReshapes(Value value) {
  while (isReshape(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

/// `value` with another element type, element by element.
template <typename CastOp>
static Value buildCast(OpBuilder &builder, Value value, Type element) {
  RankedTensorType type = asTensor(value).clone(element);
  Value init = tensor::EmptyOp::create(builder, value.getLoc(), type.getShape(),
                                       element);
  SmallVector<AffineMap> maps(2,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, value.getLoc(), type, value, init, maps, iterators,
             [&](OpBuilder &b, Location loc, ValueRange args) {
               Value cast = CastOp::create(b, loc, element, args[0]);
               linalg::YieldOp::create(b, loc, cast);
             })
      .getResult(0);
}

/// The operand of `op` becomes `value`, of another element type; the body works
/// on float32 as before.
static void setRoundedInput(linalg::GenericOp op, OpOperand *input,
                            Value value) {
  BlockArgument argument = op.getMatchingBlockArgument(input);
  Type type = argument.getType();
  input->set(value);
  argument.setType(asTensor(value).getElementType());
  OpBuilder builder = OpBuilder::atBlockBegin(op.getBody());
  Value extended = arith::ExtFOp::create(builder, op.getLoc(), type, argument);
  argument.replaceAllUsesExcept(extended, extended.getDefiningOp());
}

namespace {

/// Two levels that a predicate chooses between, as `factor` times two numbers
/// that bf16 holds.
struct Levels {
  Value predicate;
  double high, low, factor;
};

class PrecisionSetter {
public:
  explicit PrecisionSetter(func::FuncOp func)
      : func(func), builder(func.getContext()), bf16(builder.getBF16Type()) {}

  void run() {
    for (Operation &op : func.getBody().front())
      if (isContraction(&op))
        for (Value operand : cast<linalg::GenericOp>(op).getDpsInputs())
          contracted.insert(getBeforeReshapes(operand));
    // What the operations are before any is changed.
    SmallVector<SaveOp> saves(func.getOps<SaveOp>());
    SmallVector<linalg::GenericOp> generics(func.getOps<linalg::GenericOp>());
    for (SaveOp save : saves)
      roundSaved(save);
    for (linalg::GenericOp generic : generics)
      if (isContraction(generic))
        roundOperands(generic);
    for (linalg::GenericOp generic : generics)
      if (isReduction(generic))
        readRounded(generic);
  }

private:
  /// `value` in bf16: rounded once, where it is computed; after a reshape where
  /// it is not computed at all, as rows and columns are what kernels share.
  Value round(Value value) {
    if (Value known = rounded.lookup(value))
      return known;
    Operation *producer = value.getDefiningOp();
    Value source = getBeforeReshapes(value);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfterValue(value);
    Value result;
    if (isReshape(producer) &&
        (source.getDefiningOp<linalg::GenericOp>() || rounded.contains(source)))
      result = buildReshape(round(producer->getOperand(0)), value);
    else
      result = buildCast<arith::TruncFOp>(builder, value, bf16);
    return rounded[value] = result;
  }

  /// `source` seen as `like` sees its own.
  Value buildReshape(Value source, Value like) {
    Operation *reshape = builder.clone(*like.getDefiningOp());
    reshape->setOperand(0, source);
    reshape->getResult(0).setType(
        asTensor(like).clone(asTensor(source).getElementType()));
    return reshape->getResult(0);
  }

  /// Whether a reduction that is no contraction reads `value` in float32, by
  /// itself or through cheap elementwise operations: what the loss reads, say.
  /// Those readers need it in memory in float32 anyway.
  bool isReduced(Value value) {
    if (contracted.contains(value))
      return false;
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      if (isReduction(user))
        return true;
      return (isReshape(user) || (isElementwise(user) && isCheap(user))) &&
             llvm::any_of(user->getResults(),
                          [&](Value result) { return isReduced(result); });
    });
  }

  /// Statistics, what the loss reads, and inputs, which are in memory for the
  /// whole step anyway, stay as they are.
  bool isRoundedWhenSaved(SaveOp save) {
    if (asTensor(save.getInput()).getRank() < 2 || !isFloat32(save.getInput()))
      return false;
    Value source = getBeforeReshapes(save.getInput());
    if (auto earlier = source.getDefiningOp<SaveOp>())
      return isRoundedWhenSaved(earlier);
    return isa<OpResult>(source) && !isReduced(source);
  }

  void roundSaved(SaveOp save) {
    // Bits in place of an activation that exact backpropagation would keep.
    bool isBits = asTensor(save.getInput()).getElementType().isInteger(8) &&
                  int64_t(save.getExactBytes()) !=
                      getStoredBytes(asTensor(save.getInput()));
    bool isRounded = isRoundedWhenSaved(save);
    if (isBits || isRounded)
      save.setExactBytes(save.getExactBytes() / 2);
    if (!isRounded)
      return;
    Value result = save.getResult();
    Type type = result.getType();
    save.getInputMutable().assign(round(save.getInput()));
    result.setType(save.getInput().getType());
    builder.setInsertionPointAfter(save);
    // As rows and columns, in which what reads it computes.
    Operation *reader = nullptr;
    Value matrix = result;
    int64_t rank = asTensor(result).getRank();
    SmallVector<ReassociationIndices> groups(2);
    for (int64_t i = 0; i < rank; ++i)
      groups[i + 1 == rank].push_back(i);
    if (rank > 2) {
      matrix = tensor::CollapseShapeOp::create(builder, save.getLoc(), result,
                                               groups);
      reader = matrix.getDefiningOp();
    }
    Value extended =
        buildCast<arith::ExtFOp>(builder, matrix, builder.getF32Type());
    if (!reader)
      reader = extended.getDefiningOp();
    else
      extended = tensor::ExpandShapeOp::create(builder, save.getLoc(), type,
                                               extended, groups);
    result.replaceAllUsesExcept(extended, reader);
    rounded[extended] = result;
  }

  /// `value` as factor * (numbers that bf16 holds), where a predicate chooses
  /// between two levels: +-epsilon would be off by up to 2^-9 otherwise.
  std::optional<Levels> getLevels(Value value) {
    auto generic = value.getDefiningOp<linalg::GenericOp>();
    if (!generic || !isElementwise(generic) || generic.getNumDpsInputs() != 1)
      return std::nullopt;
    auto select = generic.getBody()
                      ->getTerminator()
                      ->getOperand(0)
                      .getDefiningOp<arith::SelectOp>();
    FloatAttr high, low;
    if (!select || select.getCondition() != generic.getBody()->getArgument(0) ||
        !matchPattern(select.getTrueValue(), m_Constant(&high)) ||
        !matchPattern(select.getFalseValue(), m_Constant(&low)))
      return std::nullopt;
    double h = high.getValueAsDouble(), l = low.getValueAsDouble();
    double factor = std::max(std::abs(h), std::abs(l));
    auto isUnit = [&](double level) {
      return level == 0.0 || std::abs(level) == factor;
    };
    if (factor == 0.0 || !isUnit(h) || !isUnit(l))
      return std::nullopt;
    return Levels{generic.getDpsInputs()[0], h / factor, l / factor, factor};
  }

  /// `value` in bf16, and what the result is to be multiplied by.
  std::pair<Value, double> roundFactor(Value value) {
    std::optional<Levels> levels = getLevels(value);
    if (!levels)
      return {round(value), 1.0};
    builder.setInsertionPointAfterValue(value);
    Value units = buildElementwise(
        builder, value.getLoc(), asTensor(value).clone(bf16), levels->predicate,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          return arith::SelectOp::create(
              b, loc, args[0], floatConstant(b, loc, bf16, levels->high),
              floatConstant(b, loc, bf16, levels->low));
        });
    return {units, levels->factor};
  }

  void roundOperands(linalg::GenericOp contraction) {
    double factor = 1.0;
    for (OpOperand *input : contraction.getDpsInputOperands()) {
      if (!isFloat32(input->get()))
        continue;
      auto [value, itsFactor] = roundFactor(input->get());
      setRoundedInput(contraction, input, value);
      factor *= itsFactor;
    }
    if (factor == 1.0)
      return;
    Value result = contraction.getResult(0);
    builder.setInsertionPointAfterValue(result);
    Value scale = buildScalarConstant(
        builder, result.getLoc(), asTensor(result).getElementType(), factor);
    Value scaled = buildScale(builder, result.getLoc(), result, scale);
    result.replaceAllUsesExcept(scaled, scaled.getDefiningOp());
  }

  /// A sum of what is in memory in bf16 for a contraction reads it from there,
  /// and adds in float32: the values need not be in memory twice.
  void readRounded(linalg::GenericOp reduction) {
    for (OpOperand *input : reduction.getDpsInputOperands()) {
      if (!isFloat32(input->get()))
        continue;
      Value source = getBeforeReshapes(input->get());
      if (isa<BlockArgument>(source) || source.getDefiningOp<SaveOp>())
        continue;
      if (rounded.contains(source)) {
        setRoundedInput(reduction, input, round(input->get()));
        continue;
      }
      input->set(computeFromRounded(input->get()));
    }
  }

  /// The elementwise `value` computed from what is in memory in bf16, where any
  /// of its operands is.
  Value computeFromRounded(Value value) {
    auto generic = value.getDefiningOp<linalg::GenericOp>();
    if (!generic || !isElementwise(generic))
      return value;
    SmallVector<std::pair<unsigned, Value>> replaced;
    for (auto [i, input] : llvm::enumerate(generic.getDpsInputs())) {
      if (!isFloat32(input))
        continue;
      Value source = getBeforeReshapes(input);
      if (isa<BlockArgument>(source) || source.getDefiningOp<SaveOp>())
        continue;
      if (rounded.contains(source))
        replaced.emplace_back(i, round(input));
    }
    if (replaced.empty())
      return value;
    builder.setInsertionPointAfterValue(value);
    // After all that it reads: a rounded value stands right after its source.
    auto clone = cast<linalg::GenericOp>(builder.clone(*generic));
    for (auto [i, bits] : replaced)
      setRoundedInput(clone, clone.getDpsInputOperand(i), bits);
    return clone.getResult(cast<OpResult>(value).getResultNumber());
  }

  func::FuncOp func;
  OpBuilder builder;
  Type bf16;
  /// What contractions read, before reshapes.
  llvm::DenseSet<Value> contracted;
  /// The bf16 form of float32 values that have one.
  llvm::DenseMap<Value, Value> rounded;
};

struct SetPrecision : auxact::impl::SetPrecisionBase<SetPrecision> {
  using SetPrecisionBase::SetPrecisionBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration() || func->hasAttr(attrs::kernel))
      return;
    if (!isPrecision(precision)) {
      func.emitError(describeUnknownPrecision(precision));
      return signalPassFailure();
    }
    if (precision == "bfloat16")
      return PrecisionSetter(func).run();
    if (precision == "tf32")
      for (auto generic : func.getOps<linalg::GenericOp>())
        if (isContraction(generic))
          generic->setAttr(kPrecisionAttr,
                           StringAttr::get(&getContext(), precision));
  }
};

} // namespace
