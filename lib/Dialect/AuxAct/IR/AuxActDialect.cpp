//===- AuxActDialect.cpp - The auxact dialect -----------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::auxact;

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.cpp.inc"
#include "auxact/Dialect/AuxAct/IR/AuxActEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "auxact/Dialect/AuxAct/IR/AuxActAttributes.cpp.inc"

void AuxActDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "auxact/Dialect/AuxAct/IR/AuxActAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "auxact/Dialect/AuxAct/IR/AuxActOps.cpp.inc"
      >();
}

bool mlir::auxact::isBitsTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getElementType().isInteger(1) &&
         isa_and_nonnull<BitsAttr>(tensor.getEncoding());
}

RankedTensorType mlir::auxact::getBitsTensorType(MLIRContext *context,
                                                 ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, IntegerType::get(context, 1),
                               BitsAttr::get(context));
}

RankedTensorType mlir::auxact::getPackedBitsType(MLIRContext *context,
                                                 ArrayRef<int64_t> shape,
                                                 unsigned bits) {
  SmallVector<int64_t> packed(shape);
  packed.back() = 4 * llvm::divideCeil(shape.back() * bits, 32);
  return RankedTensorType::get(packed, IntegerType::get(context, 8));
}

int64_t mlir::auxact::getStoredBytes(RankedTensorType type) {
  if (isBitsTensor(type))
    return getPackedBitsType(type.getContext(), type.getShape())
        .getNumElements();
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

//===----------------------------------------------------------------------===//
// Attributes on functions, their arguments and results
//===----------------------------------------------------------------------===//

static LogicalResult verifyName(Operation *op, NamedAttribute attribute,
                                StringRef where) {
  auto name = dyn_cast<StringAttr>(attribute.getValue());
  if (name && !name.empty())
    return success();
  return op->emitError() << "expected '" << attribute.getName() << "' on "
                         << where << " to be a non-empty string, but it is "
                         << attribute.getValue();
}

LogicalResult
AuxActDialect::verifyOperationAttribute(Operation *op,
                                        NamedAttribute attribute) {
  if (attribute.getName() == attrs::kernel && !isa<FunctionOpInterface>(op))
    return op->emitError() << "'" << attribute.getName()
                           << "' belongs on a function";
  return success();
}

LogicalResult AuxActDialect::verifyRegionArgAttribute(
    Operation *op, unsigned, unsigned argIndex, NamedAttribute attribute) {
  std::string where = "argument " + std::to_string(argIndex);
  StringRef name = attribute.getName();
  if (name == attrs::input || name == attrs::parameter ||
      name == attrs::buffer || name == attrs::state || name == attrs::scalar)
    return verifyName(op, attribute, where);
  if (name == attrs::init) {
    if (isa<FloatAttr>(attribute.getValue()))
      return success();
    return op->emitError() << "expected 'auxact.init' on " << where
                           << " to be a float, but it is "
                           << attribute.getValue();
  }
  if (name == attrs::classes || name == attrs::offset || name == attrs::value) {
    auto number = dyn_cast<IntegerAttr>(attribute.getValue());
    if (number && number.getInt() >= 0)
      return success();
    return op->emitError() << "expected '" << name << "' on " << where
                           << " to be an integer, 0 or more, but it is "
                           << attribute.getValue();
  }
  if (name == attrs::ignored) {
    if (isa<IntegerAttr>(attribute.getValue()))
      return success();
    return op->emitError() << "expected 'auxact.ignored' on " << where
                           << " to be an integer, but it is "
                           << attribute.getValue();
  }
  if (name == attrs::label) {
    if (isa<UnitAttr>(attribute.getValue()))
      return success();
    return op->emitError() << "expected 'auxact.label' on " << where
                           << " without a value, but it is "
                           << attribute.getValue();
  }
  if (name == attrs::replacedBy) {
    auto index = dyn_cast<IntegerAttr>(attribute.getValue());
    auto function = dyn_cast<FunctionOpInterface>(op);
    if (!index || !function)
      return op->emitError()
             << "expected 'auxact.replaced_by' on " << where
             << " to be an integer, but it is " << attribute.getValue();
    int64_t results = function.getNumResults();
    if (index.getInt() < 0 || index.getInt() >= results)
      return op->emitError()
             << "'auxact.replaced_by' on " << where << " names result "
             << index.getInt() << ", but the function has " << results
             << " results";
    Type expected = function.getArgumentTypes()[argIndex];
    Type actual = function.getResultTypes()[index.getInt()];
    if (expected != actual)
      return op->emitError()
             << "'auxact.replaced_by' on " << where
             << " expects a result of type " << expected << ", but result "
             << index.getInt() << " is " << actual;
    return success();
  }
  return op->emitError() << "unknown attribute '" << attribute.getName()
                         << "' on " << where
                         << "; expected auxact.input, auxact.parameter, "
                            "auxact.buffer, auxact.state, auxact.scalar, "
                            "auxact.init, auxact.value, auxact.classes, "
                            "auxact.ignored, auxact.label, auxact.offset or "
                            "auxact.replaced_by";
}

LogicalResult AuxActDialect::verifyRegionResultAttribute(
    Operation *op, unsigned, unsigned resultIndex, NamedAttribute attribute) {
  std::string where = "result " + std::to_string(resultIndex);
  if (attribute.getName() == attrs::output)
    return verifyName(op, attribute, where);
  return op->emitError() << "unknown attribute '" << attribute.getName()
                         << "' on " << where << "; expected auxact.output";
}

//===----------------------------------------------------------------------===//
// Encodings and placements
//===----------------------------------------------------------------------===//

LogicalResult
BitsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                         function_ref<InFlightDiagnostic()> emitError) const {
  if (!elementType.isInteger(1))
    return emitError() << "#auxact.bits expects element type i1, but it is "
                       << elementType;
  if (shape.empty())
    return emitError() << "#auxact.bits expects at least one dimension";
  return success();
}

Attribute PlaceAttr::parse(AsmParser &parser, Type) {
  StringRef region;
  if (parser.parseLess())
    return {};
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&region) || parser.parseComma())
    return {};
  if (region == "arena") {
    int64_t offset;
    if (parser.parseInteger(offset) || parser.parseGreater())
      return {};
    return PlaceAttr::get(parser.getContext(), Region::Arena, offset, "");
  }
  if (region == "state") {
    std::string name;
    if (parser.parseString(&name) || parser.parseGreater())
      return {};
    return PlaceAttr::get(parser.getContext(), Region::State, 0, name);
  }
  parser.emitError(loc) << "expected 'arena' or 'state', but found '" << region
                        << "'";
  return {};
}

void PlaceAttr::print(AsmPrinter &printer) const {
  if (getRegion() == Region::Arena)
    printer << "<arena, " << getOffset() << ">";
  else
    printer << "<state, \"" << getState() << "\">";
}
