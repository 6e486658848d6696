//===- RotatedForm.cpp - Bits of a rotated activation ---------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// z = (x - mu) D H / sqrt(B) in blocks of B features: its energy is spread
// evenly, so that a bit or two and one scale a row say most of it.
//
//===----------------------------------------------------------------------===//

#include "RuleBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::auxact;

/// The best four levels for a Gaussian of deviation 1 (Max, 1960), and the
/// border between the inner and the outer ones.
constexpr double innerLevel = 0.453, outerLevel = 1.510;
constexpr double levelBorder = 0.9815;

namespace {

/// Features in blocks, the last padded with zeros.
struct Blocks {
  int64_t rows, features, size, perRow;

  Blocks(RankedTensorType type, int64_t size)
      : rows(type.getNumElements() / type.getShape().back()),
        features(type.getShape().back()), size(size),
        perRow(llvm::divideCeil(features, size)) {}

  int64_t padded() const { return perRow * size; }
  bool isPadded() const { return padded() != features; }
};

/// A computation on i32 scalars.
class Words {
public:
  Words(OpBuilder &builder, Location loc) : b(builder), loc(loc) {}

  Value number(int64_t value) {
    return arith::ConstantOp::create(
        b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value index(int64_t dim) {
    return arith::IndexCastOp::create(b, loc, b.getI32Type(),
                                      linalg::IndexOp::create(b, loc, dim));
  }
  Value mul(Value a, Value c) { return arith::MulIOp::create(b, loc, a, c); }
  Value add(Value a, Value c) { return arith::AddIOp::create(b, loc, a, c); }
  Value conjoin(Value a, Value c) {
    return arith::AndIOp::create(b, loc, a, c);
  }
  /// a ^ (a >> shift)
  Value fold(Value a, int64_t shift) {
    return arith::XOrIOp::create(
        b, loc, a, arith::ShRUIOp::create(b, loc, a, number(shift)));
  }
  Value remainder(Value a, int64_t divisor) {
    return arith::RemUIOp::create(b, loc, a, number(divisor));
  }
  Value isNegative(Value a) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, a,
                                 number(0));
  }

private:
  OpBuilder &b;
  Location loc;
};

} // namespace

/// Whether the fixed diagonal D is -1 at feature `j`: a bit of a hash of it.
static Value buildIsFlipped(OpBuilder &b, Location loc, Value j) {
  Words words(b, loc);
  Value hash = words.mul(j, words.number(0x9E3779B1));
  hash = words.mul(words.fold(hash, 15), words.number(0x85EBCA77));
  return words.isNegative(words.fold(hash, 13));
}

static Value buildFlipped(OpBuilder &b, Location loc, Value value,
                          Value feature) {
  Value negative = arith::NegFOp::create(b, loc, value);
  return arith::SelectOp::create(b, loc, buildIsFlipped(b, loc, feature),
                                 negative, value);
}

/// H / sqrt(B): symmetric, and its own inverse. Element (i, j) is negative
/// where i and j have an odd number of ones in common.
static Value buildHadamard(OpBuilder &builder, Location loc, int64_t size,
                           Type elementType) {
  auto type = RankedTensorType::get({size, size}, elementType);
  double length = 1.0 / std::sqrt(double(size));
  return buildElementwise(
      builder, loc, type, ValueRange(),
      [&](OpBuilder &b, Location l, ValueRange) -> Value {
        Words words(b, l);
        Value common = words.conjoin(words.index(0), words.index(1));
        for (int64_t shift : {4, 2, 1})
          common = words.fold(common, shift);
        Value odd = arith::CmpIOp::create(
            b, l, arith::CmpIPredicate::ne,
            words.conjoin(common, words.number(1)), words.number(0));
        return arith::SelectOp::create(
            b, l, odd, floatConstant(b, l, elementType, -length),
            floatConstant(b, l, elementType, length));
      });
}

/// `input` (rows, features) as tensor<rows * blocks x size>; a vector of
/// features stands for each row.
static Value buildBlocks(OpBuilder &builder, Location loc, Value input,
                         const Blocks &blocks) {
  SmallVector<int64_t> shape = {blocks.rows * blocks.perRow, blocks.size};
  bool isRow = tensorTypeOf(input).getRank() == 1;
  return buildView(
      builder, loc, input, shape, [&](AffineExpr row, AffineExpr column) {
        AffineExpr feature = (row % blocks.perRow) * blocks.size + column;
        if (isRow)
          return SmallVector<AffineExpr>{feature};
        return SmallVector<AffineExpr>{row.floorDiv(blocks.perRow), feature};
      });
}

/// The inverse: tensor<rows * blocks x size> as (rows, features).
static Value buildUnblocked(OpBuilder &builder, Location loc, Value input,
                            const Blocks &blocks) {
  SmallVector<int64_t> shape = {blocks.rows, blocks.features};
  if (!blocks.isPadded())
    return buildReshaped(builder, loc, input, shape);
  return buildView(builder, loc, input, shape,
                   [&](AffineExpr row, AffineExpr column) {
                     return SmallVector<AffineExpr>{
                         row * blocks.perRow + column.floorDiv(blocks.size),
                         column % blocks.size};
                   });
}

/// z as a matrix of padded rows.
static Value buildRotated(OpBuilder &builder, Location loc, Value activation,
                          Value mean, const Blocks &blocks) {
  Value x = buildAsMatrix(builder, loc, activation);
  x = blocks.isPadded()
          ? buildBlocks(builder, loc, x, blocks)
          : buildReshaped(builder, loc, x,
                          {blocks.rows * blocks.perRow, blocks.size});
  Value mu = buildBlocks(builder, loc, mean, blocks);
  Value centered = buildElementwise(
      builder, loc, tensorTypeOf(x), {x, mu},
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Words words(b, l);
        Value block = words.remainder(words.index(0), blocks.perRow);
        Value feature = words.add(words.mul(block, words.number(blocks.size)),
                                  words.index(1));
        return buildFlipped(b, l, arith::SubFOp::create(b, l, args[0], args[1]),
                            feature);
      });
  Value hadamard = buildHadamard(builder, loc, blocks.size,
                                 tensorTypeOf(x).getElementType());
  Value z = buildContraction(builder, loc, centered, /*lhsTransposed=*/false,
                             hadamard, /*rhsTransposed=*/false);
  return buildReshaped(builder, loc, z, {blocks.rows, blocks.padded()});
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// Bits of z and |z|^2 / |z|_1 a row. They read the scale as well, so that they
/// are made in the kernel that sums, which has z at hand.
static SmallVector<Value> buildSigns(OpBuilder &builder, Location loc,
                                     Value z) {
  SmallVector<Value> sums = buildReductions(
      builder, loc, z, /*dim=*/1, ReductionKind::Add, 2,
      [](OpBuilder &b, Location l, ValueRange args) -> SmallVector<Value> {
        return {arith::MulFOp::create(b, l, args[0], args[0]),
                math::AbsFOp::create(b, l, args[0])};
      });
  Value scale = buildSafeRatio(builder, loc, sums[0], sums[1]);
  Value same = buildElementwise(
      builder, loc, tensorTypeOf(z), {z, scale},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value zero = floatConstant(b, l, args[0].getType(), 0.0);
        Value none = arith::CmpFOp::create(b, l, arith::CmpFPredicate::OEQ,
                                           args[1], zero);
        return arith::SelectOp::create(b, l, none, zero, args[0]);
      },
      /*broadcastTrailing=*/true);
  Value bits = EncodeOp::create(
      builder, loc,
      getBitsTensorType(builder.getContext(), tensorTypeOf(z).getShape()),
      same);
  return {bits, scale};
}

/// |z| beyond the border of a row of this deviation.
static Value isOuter(OpBuilder &b, Location loc, Value z, Value deviation) {
  Value border = arith::MulFOp::create(
      b, loc, deviation, floatConstant(b, loc, z.getType(), levelBorder));
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT,
                               math::AbsFOp::create(b, loc, z), border);
}

static Value levelSize(OpBuilder &b, Location loc, Value outer, Type type) {
  return arith::SelectOp::create(b, loc, outer,
                                 floatConstant(b, loc, type, outerLevel),
                                 floatConstant(b, loc, type, innerLevel));
}

/// Two bits a number, 0 to 3 from the lowest level to the highest, and
/// |z|^2 / <z, level> a row.
static SmallVector<Value> buildLevels(OpBuilder &builder, Location loc,
                                      Value z) {
  RankedTensorType type = tensorTypeOf(z);
  Value squares =
      buildReduction(builder, loc, z, /*dim=*/1, ReductionKind::Add,
                     [](OpBuilder &b, Location l, ValueRange args) -> Value {
                       return arith::MulFOp::create(b, l, args[0], args[0]);
                     });
  Value deviation = buildElementwise(
      builder, loc, tensorTypeOf(squares), squares,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value mean = arith::MulFOp::create(
            b, l, args[0],
            floatConstant(b, l, args[0].getType(), 1.0 / type.getDimSize(1)));
        return math::SqrtOp::create(b, l, mean);
      });
  Value product = buildReduction(
      builder, loc, {z, deviation}, /*dim=*/1, ReductionKind::Add,
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value level =
            levelSize(b, l, isOuter(b, l, args[0], args[1]), args[0].getType());
        return arith::MulFOp::create(b, l, level,
                                     math::AbsFOp::create(b, l, args[0]));
      });
  Value scale = buildSafeRatio(builder, loc, squares, product);
  Value codes = buildElementwise(
      builder, loc,
      RankedTensorType::get(type.getShape(), builder.getIntegerType(2)),
      {z, deviation},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        Words words(b, l);
        Value outer = isOuter(b, l, args[0], args[1]);
        Value positive =
            arith::CmpFOp::create(b, l, arith::CmpFPredicate::OGT, args[0],
                                  floatConstant(b, l, args[0].getType(), 0.0));
        auto choose = [&](Value which, Value yes, Value no) -> Value {
          return arith::SelectOp::create(b, l, which, yes, no);
        };
        Value above = choose(outer, words.number(3), words.number(2));
        Value below = choose(outer, words.number(0), words.number(1));
        return arith::TruncIOp::create(b, l, b.getIntegerType(2),
                                       choose(positive, above, below));
      },
      /*broadcastTrailing=*/true);
  Value bytes = PackBitsOp::create(
      builder, loc, getPackedBitsType(builder.getContext(), type.getShape(), 2),
      codes);
  return {bytes, scale};
}

/// The levels that the codes stand for, as a matrix of padded rows; +-1 for
/// signs.
static Value buildDecoded(OpBuilder &builder, Location loc, Value codes,
                          unsigned bits, const Blocks &blocks,
                          Type elementType) {
  SmallVector<int64_t> shape = {blocks.rows, blocks.padded()};
  auto type = RankedTensorType::get(shape, elementType);
  if (bits == 1)
    return DecodeOp::create(builder, loc, type, codes,
                            builder.getF64FloatAttr(-1.0),
                            builder.getF64FloatAttr(1.0));
  Value numbers = UnpackBitsOp::create(
      builder, loc, RankedTensorType::get(shape, builder.getIntegerType(bits)),
      codes);
  return buildElementwise(
      builder, loc, type, numbers,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Words words(b, l);
        Value code = arith::ExtUIOp::create(b, l, b.getI32Type(), args[0]);
        auto is = [&](arith::CmpIPredicate predicate, int64_t value) -> Value {
          return arith::CmpIOp::create(b, l, predicate, code,
                                       words.number(value));
        };
        Value outer =
            arith::OrIOp::create(b, l, is(arith::CmpIPredicate::eq, 0),
                                 is(arith::CmpIPredicate::eq, 3));
        Value size = levelSize(b, l, outer, elementType);
        return arith::SelectOp::create(b, l, is(arith::CmpIPredicate::uge, 2),
                                       size, arith::NegFOp::create(b, l, size));
      });
}

//===----------------------------------------------------------------------===//
// The rule
//===----------------------------------------------------------------------===//

LogicalResult
mlir::auxact::verifyRotation(function_ref<InFlightDiagnostic()> emitError,
                             StringRef rule, int64_t block) {
  if (block == 0 || block == 16 || block == 32)
    return success();
  return emitError() << "the rule '" << rule
                     << "' expects rotate to be 16 or 32, but it is " << block;
}

RuleForward RotatedForm::buildForward(OpBuilder &builder,
                                      const RuleForwardContext &context) const {
  Location loc = context.loc;
  Blocks blocks(tensorTypeOf(context.activation), block);
  Value z =
      buildRotated(builder, loc, context.activation, context.state[0], blocks);
  RuleForward forward;
  forward.input = context.activation;
  forward.saved =
      bits == 1 ? buildSigns(builder, loc, z) : buildLevels(builder, loc, z);
  forward.state = {buildFeatureMean(builder, loc, context.activation)};
  return forward;
}

/// c z' H D / sqrt(B) as (rows, features): what is left once the mean is taken
/// off.
static Value buildCenteredAuxiliary(OpBuilder &builder,
                                    const RuleBackwardContext &context,
                                    unsigned bits, const Blocks &blocks) {
  Location loc = context.loc;
  Type element = context.activationType.getElementType();
  Value levels =
      buildDecoded(builder, loc, context.saved[0], bits, blocks, element);
  Blocks whole = blocks;
  whole.features = blocks.padded();
  Value rotated =
      buildContraction(builder, loc, buildBlocks(builder, loc, levels, whole),
                       /*lhsTransposed=*/false,
                       buildHadamard(builder, loc, blocks.size, element),
                       /*rhsTransposed=*/false);
  Value back = buildUnblocked(builder, loc, rotated, blocks);
  return buildElementwise(
      builder, loc, tensorTypeOf(back), {back, context.saved[1]},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value scaled = arith::MulFOp::create(b, l, args[0], args[1]);
        return buildFlipped(b, l, scaled, Words(b, l).index(1));
      },
      /*broadcastTrailing=*/true);
}

FailureOr<RuleAuxiliary>
RotatedForm::buildAuxiliary(OpBuilder &builder,
                            const RuleBackwardContext &context) const {
  Blocks blocks(context.activationType, block);
  Value centered = buildCenteredAuxiliary(builder, context, bits, blocks);
  Value auxiliary =
      buildPlusRow(builder, context.loc, centered, context.state[0]);
  return RuleAuxiliary{buildReshaped(builder, context.loc, auxiliary,
                                     context.activationType.getShape()),
                       Value()};
}

/// The rotation back is done on the side that has fewer rows: the gradient, or
/// the levels before they are multiplied, which gives the same.
FailureOr<Value>
RotatedForm::buildWeightGradient(OpBuilder &builder,
                                 const RuleBackwardContext &context) const {
  Location loc = context.loc;
  Blocks blocks(context.activationType, block);
  Value delta = buildAsMatrix(builder, loc, context.delta);
  int64_t outputs = tensorTypeOf(delta).getDimSize(1);
  Value mean = context.contractUniform(context.delta, context.state[0]);
  if (!context.hasRowsOfInput || blocks.rows <= outputs) {
    Value auxiliary = buildReshaped(
        builder, loc, buildCenteredAuxiliary(builder, context, bits, blocks),
        context.activationType.getShape());
    Value product = context.contract(context.delta, auxiliary);
    return AddOp::create(builder, loc, product, mean).getResult();
  }
  Value scaled = buildElementwise(
      builder, loc, tensorTypeOf(delta), {delta, context.saved[1]},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        return arith::MulFOp::create(b, l, args[0], args[1]);
      },
      /*broadcastTrailing=*/true);
  Type element = context.activationType.getElementType();
  Value product =
      context.contract(scaled, buildDecoded(builder, loc, context.saved[0],
                                            bits, blocks, element));
  Blocks ofGradient = blocks;
  ofGradient.rows = tensorTypeOf(product).getNumElements() / blocks.padded();
  Value rotated = buildContraction(
      builder, loc,
      buildReshaped(builder, loc, product,
                    {ofGradient.rows * blocks.perRow, blocks.size}),
      /*lhsTransposed=*/false,
      buildHadamard(builder, loc, blocks.size, element),
      /*rhsTransposed=*/false);
  Value back = buildUnblocked(builder, loc, rotated, ofGradient);
  RankedTensorType type = tensorTypeOf(mean);
  Value gradient = buildElementwise(
      builder, loc, tensorTypeOf(back),
      {back, buildReshaped(builder, loc, mean, tensorTypeOf(back).getShape())},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value flipped = buildFlipped(b, l, args[0], Words(b, l).index(1));
        return arith::AddFOp::create(b, l, flipped, args[1]);
      });
  return buildReshaped(builder, loc, gradient, type.getShape());
}
