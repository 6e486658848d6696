//===- QuantizedRule.cpp - Rules that keep a few bits an element ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The rules `quantized` and `average`, and the form of kept values that the
// first one is as well.
//
//===----------------------------------------------------------------------===//

#include "RuleBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/DialectImplementation.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::auxact;

/// Elements that one average stands for.
constexpr int64_t averaged = 4;

//===----------------------------------------------------------------------===//
// quantized: text form
//===----------------------------------------------------------------------===//

Attribute QuantizedAttr::parse(AsmParser &parser, Type) {
  unsigned bits = 0;
  int64_t group = 256, rotate = 0;
  bool stochastic = false;
  SMLoc loc = parser.getCurrentLocation();
  if (parseBits(parser, bits, group, &stochastic, &rotate))
    return {};
  return parser.getChecked<QuantizedAttr>(loc, parser.getContext(), bits, group,
                                          stochastic, rotate);
}

void QuantizedAttr::print(AsmPrinter &printer) const {
  printBits(printer, getBits(), getGroup(), getStochastic(), getRotate());
}

LogicalResult
QuantizedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      unsigned bits, int64_t group, bool stochastic,
                      int64_t rotate) {
  if (failed(verifyBits(emitError, "quantized", bits, group)) ||
      failed(verifyRotation(emitError, "quantized", rotate)))
    return failure();
  if (rotate != 0 && (bits != 2 || stochastic || group != 256))
    return emitError() << "the rule 'quantized' expects 'rotate' with 2 bits "
                          "and no other key";
  return success();
}

//===----------------------------------------------------------------------===//
// quantized: rule
//===----------------------------------------------------------------------===//

StringRef QuantizedAttr::getRuleName() const {
  if (getRotate() != 0)
    return "quantized<2, rotate>";
  switch (getBits()) {
  case 2:
    return "quantized<2>";
  case 4:
    return "quantized<4>";
  default:
    return "quantized<8>";
  }
}

static LogicalResult verifyFloat32(Operation *op, StringRef rule) {
  auto layer = cast<ParameterizedLayerOpInterface>(op);
  RankedTensorType type = tensorTypeOf(layer.getActivationMutable().get());
  if (type.getElementType().isF32())
    return success();
  return op->emitOpError() << "has the rule '" << rule
                           << "', which expects an input in f32, but it is "
                           << type;
}

LogicalResult QuantizedAttr::verifyOnLayer(Operation *op) const {
  return verifyFloat32(op, getRuleName());
}

SmallVector<RuleState> QuantizedAttr::getState(RankedTensorType type,
                                               int64_t) const {
  if (getRotate() == 0)
    return {};
  return getMeanState(type);
}

RuleForward
QuantizedAttr::buildForward(OpBuilder &builder,
                            const RuleForwardContext &context) const {
  if (getRotate() != 0)
    return RotatedForm{2, getRotate()}.buildForward(builder, context);
  SmallVector<Value> source;
  if (getStochastic())
    source = context.randomSource();
  QuantizedForm form =
      buildQuantized(builder, context.loc,
                     buildAsMatrix(builder, context.loc, context.activation),
                     getBits(), getGroup(), source);
  return {context.activation, {form.codes, form.low, form.scale}, {}};
}

/// The tensor of `type` that `saved` (codes, least values, scales) stand for.
static Value buildRestored(OpBuilder &builder, Location loc, ValueRange saved,
                           RankedTensorType type, unsigned bits,
                           int64_t group) {
  QuantizedForm form{saved[0], saved[1], saved[2]};
  Value matrix = buildDequantized(builder, loc, form, type.getShape().back(),
                                  type.getElementType(), bits, group);
  return buildReshaped(builder, loc, matrix, type.getShape());
}

FailureOr<RuleAuxiliary>
QuantizedAttr::buildAuxiliary(OpBuilder &builder,
                              const RuleBackwardContext &context) const {
  if (getRotate() != 0)
    return RotatedForm{2, getRotate()}.buildAuxiliary(builder, context);
  return RuleAuxiliary{buildRestored(builder, context.loc, context.saved,
                                     context.activationType, getBits(),
                                     getGroup()),
                       Value()};
}

FailureOr<Value>
QuantizedAttr::buildWeightGradient(OpBuilder &builder,
                                   const RuleBackwardContext &context) const {
  if (getRotate() != 0)
    return RotatedForm{2, getRotate()}.buildWeightGradient(builder, context);
  return buildPlainWeightGradient(*this, builder, context);
}

//===----------------------------------------------------------------------===//
// quantized: form of what layers without weights keep
//===----------------------------------------------------------------------===//

StringRef QuantizedAttr::getFormName() const { return getRuleName(); }

/// Matrices of floats; statistics of rows stay as they are.
static bool isEncodable(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() >= 2 && !tensor.getEncoding() &&
         tensor.getElementType().isF32();
}

static SmallVector<bool> getEncoded(Operation *op, TypeRange exact) {
  SmallVector<bool> encoded(exact.size(), false);
  for (unsigned i : cast<DifferentiableOpInterface>(op).getEncodableResiduals())
    if (i < exact.size())
      encoded[i] = isEncodable(exact[i]);
  return encoded;
}

bool QuantizedAttr::appliesTo(Operation *op) const {
  auto layer = dyn_cast<DifferentiableOpInterface>(op);
  return getRotate() == 0 && layer && !layer.getEncodableResiduals().empty();
}

void QuantizedAttr::buildResiduals(
    OpBuilder &builder, Operation *op, ValueRange exact,
    llvm::function_ref<SmallVector<Value>()> randomSource,
    SmallVectorImpl<Value> &residuals) const {
  for (auto [value, encoded] :
       llvm::zip(exact, getEncoded(op, exact.getTypes()))) {
    if (!encoded) {
      residuals.push_back(value);
      continue;
    }
    SmallVector<Value> source;
    if (getStochastic())
      source = randomSource();
    QuantizedForm form = buildQuantized(
        builder, op->getLoc(), buildAsMatrix(builder, op->getLoc(), value),
        getBits(), getGroup(), source);
    residuals.append({form.codes, form.low, form.scale});
  }
}

LogicalResult QuantizedAttr::buildInputGradients(
    OpBuilder &builder, Operation *op, TypeRange exactTypes,
    ValueRange residuals, ValueRange resultGradients, const BitVector &needed,
    MutableArrayRef<Value> operandGradients) const {
  SmallVector<Value> restored;
  for (auto [type, encoded] :
       llvm::zip(exactTypes, getEncoded(op, exactTypes))) {
    unsigned count = encoded ? 3 : 1;
    restored.push_back(
        encoded
            ? buildRestored(builder, op->getLoc(), residuals.take_front(count),
                            cast<RankedTensorType>(type), getBits(), getGroup())
            : residuals.front());
    residuals = residuals.drop_front(count);
  }
  return cast<DifferentiableOpInterface>(op).buildInputGradients(
      builder, restored, resultGradients, needed, operandGradients);
}

//===----------------------------------------------------------------------===//
// average
//===----------------------------------------------------------------------===//

Attribute AverageAttr::parse(AsmParser &parser, Type) {
  unsigned bits = 0;
  int64_t group = 256;
  SMLoc loc = parser.getCurrentLocation();
  if (parseBits(parser, bits, group, nullptr, nullptr))
    return {};
  return parser.getChecked<AverageAttr>(loc, parser.getContext(), bits, group);
}

void AverageAttr::print(AsmPrinter &printer) const {
  printBits(printer, getBits(), getGroup(), /*stochastic=*/false, /*rotate=*/0);
}

LogicalResult AverageAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  unsigned bits, int64_t group) {
  return verifyBits(emitError, "average", bits, group);
}

StringRef AverageAttr::getRuleName() const { return "average"; }

LogicalResult AverageAttr::verifyOnLayer(Operation *op) const {
  return verifyFloat32(op, getRuleName());
}

/// The mean of four consecutive elements of a row, of those that there are.
static Value buildAverages(OpBuilder &builder, Location loc, Value matrix) {
  RankedTensorType type = tensorTypeOf(matrix);
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  int64_t averages = llvm::divideCeil(columns, averaged);
  int64_t rest = columns - (averages - 1) * averaged;
  SmallVector<Value> parts;
  SmallVector<int64_t> shape = {rows, averages};
  for (int64_t i = 0; i < averaged; ++i)
    parts.push_back(buildView(
        builder, loc, matrix, shape, [&](AffineExpr row, AffineExpr column) {
          return SmallVector<AffineExpr>{row, column * averaged + i};
        }));
  return buildElementwise(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), parts,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Type element = args[0].getType();
        Value sum = args[0];
        for (Value part : args.drop_front())
          sum = arith::AddFOp::create(b, l, sum, part);
        Value factor = floatConstant(b, l, element, 1.0 / averaged);
        if (rest != averaged) {
          Value column = arith::IndexCastOp::create(
              b, l, b.getI32Type(), linalg::IndexOp::create(b, l, 1));
          Value last = arith::ConstantOp::create(
              b, l, b.getI32IntegerAttr(int32_t(averages - 1)));
          Value isLast = arith::CmpIOp::create(b, l, arith::CmpIPredicate::eq,
                                               column, last);
          factor = arith::SelectOp::create(
              b, l, isLast, floatConstant(b, l, element, 1.0 / rest), factor);
        }
        return arith::MulFOp::create(b, l, sum, factor);
      });
}

RuleForward AverageAttr::buildForward(OpBuilder &builder,
                                      const RuleForwardContext &context) const {
  Value averages =
      buildAverages(builder, context.loc,
                    buildAsMatrix(builder, context.loc, context.activation));
  QuantizedForm form = buildQuantized(builder, context.loc, averages, getBits(),
                                      getGroup(), ValueRange());
  return {context.activation, {form.codes, form.low, form.scale}, {}};
}

FailureOr<RuleAuxiliary>
AverageAttr::buildAuxiliary(OpBuilder &builder,
                            const RuleBackwardContext &context) const {
  RankedTensorType type = context.activationType;
  int64_t columns = type.getShape().back();
  QuantizedForm form{context.saved[0], context.saved[1], context.saved[2]};
  Value averages = buildDequantized(
      builder, context.loc, form, llvm::divideCeil(columns, averaged),
      type.getElementType(), getBits(), getGroup());
  Value elements = buildView(builder, context.loc, averages,
                             {type.getNumElements() / columns, columns},
                             [&](AffineExpr row, AffineExpr column) {
                               return SmallVector<AffineExpr>{
                                   row, column.floorDiv(averaged)};
                             });
  return RuleAuxiliary{
      buildReshaped(builder, context.loc, elements, type.getShape()), Value()};
}
