//===- QuantizedForm.cpp - Groups of a few bits an element ----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Codes, least value and scale of each group of a row's elements.
//
//===----------------------------------------------------------------------===//

#include "RuleBuilders.h"

#include "auxact/Dialect/AuxAct/IR/Philox.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// The groups of a matrix.
struct Groups {
  int64_t rows, columns, size, perRow;

  Groups(int64_t rows, int64_t columns, int64_t size)
      : rows(rows), columns(columns), size(std::min(size, columns)),
        perRow(llvm::divideCeil(columns, this->size)) {}

  /// Whether each group is a row of a view of the matrix.
  bool areRows() const { return columns % size == 0; }
  SmallVector<int64_t> shape() const { return {rows * perRow, size}; }
};

} // namespace

static Value floatMul(OpBuilder &b, Location l, Value x, Value y) {
  return arith::MulFOp::create(b, l, x, y);
}

/// The matrix with a row for each group; zero beyond the end of a short one.
static Value buildGroups(OpBuilder &builder, Location loc, Value matrix,
                         const Groups &groups) {
  if (groups.areRows())
    return buildReshaped(builder, loc, matrix, groups.shape());
  return buildView(builder, loc, matrix, groups.shape(),
                   [&](AffineExpr row, AffineExpr column) {
                     return SmallVector<AffineExpr>{
                         row.floorDiv(groups.perRow),
                         (row % groups.perRow) * groups.size + column};
                   });
}

/// One value a group, seen at each element of the matrix.
static Value buildOfElements(OpBuilder &builder, Location loc, Value ofGroups,
                             const Groups &groups) {
  SmallVector<int64_t> shape = {groups.rows, groups.columns};
  return buildView(builder, loc, ofGroups, shape,
                   [&](AffineExpr row, AffineExpr column) {
                     return SmallVector<AffineExpr>{
                         row * groups.perRow + column.floorDiv(groups.size)};
                   });
}

/// Least and greatest value of each group.
static SmallVector<Value> buildBounds(OpBuilder &builder, Location loc,
                                      Value rows, const Groups &groups) {
  SmallVector<Value> bounds = buildReductions(
      builder, loc, rows, /*dim=*/1, ReductionKind::Maximum, 2,
      [&](OpBuilder &b, Location l, ValueRange args) -> SmallVector<Value> {
        Value negative = arith::NegFOp::create(b, l, args[0]);
        if (groups.areRows())
          return {negative, args[0]};
        auto number = [&](int64_t value) -> Value {
          return arith::ConstantOp::create(
              b, l, b.getI32IntegerAttr(static_cast<int32_t>(value)));
        };
        auto index = [&](int64_t dim) -> Value {
          return arith::IndexCastOp::create(b, l, b.getI32Type(),
                                            linalg::IndexOp::create(b, l, dim));
        };
        Value group =
            arith::RemUIOp::create(b, l, index(0), number(groups.perRow));
        Value column = arith::AddIOp::create(
            b, l, arith::MulIOp::create(b, l, group, number(groups.size)),
            index(1));
        Value exists = arith::CmpIOp::create(b, l, arith::CmpIPredicate::ult,
                                             column, number(groups.columns));
        Value none = floatConstant(b, l, negative.getType(),
                                   -std::numeric_limits<double>::infinity());
        return {arith::SelectOp::create(b, l, exists, negative, none),
                arith::SelectOp::create(b, l, exists, args[0], none)};
      });
  Value low =
      buildElementwise(builder, loc, tensorTypeOf(bounds[0]), bounds[0],
                       [](OpBuilder &b, Location l, ValueRange args) -> Value {
                         return arith::NegFOp::create(b, l, args[0]);
                       });
  return {low, bounds[1]};
}

/// The code of x: `args` are x, the least value and the scale of its group, and
/// perhaps a source of random numbers.
static Value buildCode(OpBuilder &b, Location l, ValueRange args, unsigned bits,
                       int64_t columns) {
  Type type = args[0].getType();
  Value zero = floatConstant(b, l, type, 0.0);
  Value most = floatConstant(b, l, type, (1 << bits) - 1);
  Value distance = arith::SubFOp::create(b, l, args[0], args[1]);
  Value position = arith::DivFOp::create(b, l, distance, args[2]);
  Value none =
      arith::CmpFOp::create(b, l, arith::CmpFPredicate::OEQ, args[2], zero);
  position = arith::SelectOp::create(b, l, none, zero, position);
  Type word = b.getI32Type();
  Value code;
  auto clamp = [&](Value value) -> Value {
    value = arith::MaximumFOp::create(b, l, value, zero);
    return arith::MinimumFOp::create(b, l, value, most);
  };
  if (args.size() > 3) {
    auto index = [&](int64_t dim) -> Value {
      return arith::IndexCastOp::create(b, l, word,
                                        linalg::IndexOp::create(b, l, dim));
    };
    Value width =
        arith::ConstantOp::create(b, l, b.getI32IntegerAttr(int32_t(columns)));
    Value element = arith::AddIOp::create(
        b, l, arith::MulIOp::create(b, l, index(0), width), index(1));
    Value random = buildRandomWord(b, l, element, args.drop_front(3));
    Value shift = arith::ConstantOp::create(b, l, b.getI32IntegerAttr(8));
    Value uniform = arith::UIToFPOp::create(
        b, l, type, arith::ShRUIOp::create(b, l, random, shift));
    uniform = floatMul(b, l, uniform, floatConstant(b, l, type, 0x1p-24));
    // No number below zero: truncation is the floor.
    Value moved = clamp(arith::AddFOp::create(b, l, position, uniform));
    code = arith::FPToSIOp::create(b, l, word, moved);
  } else {
    // 1.5 * 2^23 leaves no bits for a fraction, so that the sum is rounded to
    // the nearest integer, half to even, which its low bits then are.
    Value shifted = arith::AddFOp::create(b, l, clamp(position),
                                          floatConstant(b, l, type, 0x1.8p23));
    code = arith::BitcastOp::create(b, l, word, shifted);
  }
  return arith::TruncIOp::create(b, l, b.getIntegerType(bits), code);
}

QuantizedForm mlir::auxact::buildQuantized(OpBuilder &builder, Location loc,
                                           Value matrix, unsigned bits,
                                           int64_t group, ValueRange source) {
  RankedTensorType type = tensorTypeOf(matrix);
  Groups groups(type.getDimSize(0), type.getDimSize(1), group);
  Value rows = buildGroups(builder, loc, matrix, groups);
  SmallVector<Value> bounds = buildBounds(builder, loc, rows, groups);
  QuantizedForm form;
  form.low = bounds[0];
  double levels = (1 << bits) - 1;
  form.scale = buildElementwise(
      builder, loc, tensorTypeOf(form.low), {form.low, bounds[1]},
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value range = arith::SubFOp::create(b, l, args[1], args[0]);
        return arith::DivFOp::create(
            b, l, range, floatConstant(b, l, range.getType(), levels));
      });
  auto withSource = [&](SmallVector<Value> inputs) {
    llvm::append_range(inputs, source);
    return inputs;
  };
  Type code = builder.getIntegerType(bits);
  // Where groups are rows the codes are made in the kernel that finds the
  // bounds; the bytes are the same.
  bool together = groups.areRows() && (groups.size * bits) % 32 == 0;
  together |= groups.perRow == 1;
  if (together) {
    form.codes = buildElementwise(
        builder, loc, RankedTensorType::get(groups.shape(), code),
        withSource({rows, form.low, form.scale}),
        [&](OpBuilder &b, Location l, ValueRange args) {
          return buildCode(b, l, args, bits, groups.size);
        },
        /*broadcastTrailing=*/true);
  } else {
    form.codes = buildElementwise(
        builder, loc, RankedTensorType::get(type.getShape(), code),
        withSource({matrix, buildOfElements(builder, loc, form.low, groups),
                    buildOfElements(builder, loc, form.scale, groups)}),
        [&](OpBuilder &b, Location l, ValueRange args) {
          return buildCode(b, l, args, bits, groups.columns);
        });
  }
  if (bits < 8)
    form.codes = PackBitsOp::create(
        builder, loc,
        getPackedBitsType(builder.getContext(),
                          tensorTypeOf(form.codes).getShape(), bits),
        form.codes);
  int64_t bytes = tensorTypeOf(form.codes).getNumElements() / groups.rows;
  form.codes = buildReshaped(builder, loc, form.codes, {groups.rows, bytes});
  return form;
}

Value mlir::auxact::buildDequantized(OpBuilder &builder, Location loc,
                                     const QuantizedForm &form, int64_t columns,
                                     Type elementType, unsigned bits,
                                     int64_t group) {
  int64_t rows = tensorTypeOf(form.codes).getDimSize(0);
  Groups groups(rows, columns, group);
  SmallVector<int64_t> shape = {rows, columns};
  Value codes = form.codes;
  if (bits < 8)
    codes = UnpackBitsOp::create(
        builder, loc,
        RankedTensorType::get(shape, builder.getIntegerType(bits)), codes);
  Value low = form.low, scale = form.scale;
  if (groups.perRow > 1) {
    low = buildOfElements(builder, loc, low, groups);
    scale = buildOfElements(builder, loc, scale, groups);
  }
  return buildElementwise(
      builder, loc, RankedTensorType::get(shape, elementType),
      {codes, low, scale},
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value code = arith::ExtUIOp::create(b, l, b.getI32Type(), args[0]);
        Value number = arith::SIToFPOp::create(b, l, elementType, code);
        return arith::AddFOp::create(b, l, args[1],
                                     floatMul(b, l, number, args[2]));
      },
      /*broadcastTrailing=*/true);
}

//===----------------------------------------------------------------------===//
// Text form
//===----------------------------------------------------------------------===//

ParseResult mlir::auxact::parseBits(AsmParser &parser, unsigned &bits,
                                    int64_t &group, bool *stochastic,
                                    int64_t *rotate) {
  if (parser.parseLess() || parser.parseInteger(bits))
    return failure();
  while (succeeded(parser.parseOptionalComma())) {
    StringRef key;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&key))
      return failure();
    if (key == "group") {
      if (parser.parseEqual() || parser.parseInteger(group))
        return failure();
    } else if (stochastic && key == "stochastic") {
      *stochastic = true;
    } else if (rotate && key == "rotate") {
      if (parser.parseEqual() || parser.parseInteger(*rotate))
        return failure();
    } else {
      return parser.emitError(loc)
             << "unknown key '" << key << "'; expected group"
             << (stochastic ? ", stochastic" : "")
             << (rotate ? " or rotate" : "");
    }
  }
  return parser.parseGreater();
}

void mlir::auxact::printBits(AsmPrinter &printer, unsigned bits, int64_t group,
                             bool stochastic, int64_t rotate) {
  printer << "<" << bits;
  if (rotate != 0)
    printer << ", rotate = " << rotate;
  else if (group != 256)
    printer << ", group = " << group;
  if (stochastic)
    printer << ", stochastic";
  printer << ">";
}

LogicalResult
mlir::auxact::verifyBits(function_ref<InFlightDiagnostic()> emitError,
                         StringRef rule, unsigned bits, int64_t group) {
  if (bits != 2 && bits != 4 && bits != 8)
    return emitError() << "the rule '" << rule
                       << "' expects 2, 4 or 8 bits, but it has " << bits;
  if (group < 1)
    return emitError() << "the rule '" << rule
                       << "' expects a group of 1 element or more, but it is "
                       << group;
  return success();
}
