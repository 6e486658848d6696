//===- EncodingOps.cpp - Making, reading and keeping stored forms ---------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "CustomAssembly.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::auxact;

static ParseResult parseLevel(OpAsmParser &parser, FloatAttr &level) {
  return parser.parseAttribute(level, parser.getBuilder().getF64Type());
}
static void printLevel(OpAsmPrinter &printer, Operation *, FloatAttr level) {
  printer.printAttributeWithoutType(level);
}

static ParseResult parseBytes(OpAsmParser &parser, IntegerAttr &bytes) {
  return parser.parseAttribute(bytes, parser.getBuilder().getI64Type());
}
static void printBytes(OpAsmPrinter &printer, Operation *, IntegerAttr bytes) {
  printer.printAttributeWithoutType(bytes);
}

/// The two tensors have one shape.
static LogicalResult verifySameShape(Operation *op, StringRef what, Type a,
                                     Type b) {
  ArrayRef<int64_t> expected = cast<RankedTensorType>(a).getShape();
  ArrayRef<int64_t> actual = cast<RankedTensorType>(b).getShape();
  if (expected == actual)
    return success();
  return op->emitOpError() << "expects " << what << " of shape [" << expected
                           << "], but it is [" << actual << "]";
}

LogicalResult EncodeOp::verify() {
  return verifySameShape(*this, "a result", getInput().getType(), getType());
}

LogicalResult DecodeOp::verify() {
  return verifySameShape(*this, "a result", getInput().getType(), getType());
}

LogicalResult MaskOp::verify() {
  return verifySameShape(*this, "bits", getInput().getType(),
                         getBits().getType());
}

/// `bytes` is the stored form of `elements`.
static LogicalResult verifyPacked(Operation *op, RankedTensorType elements,
                                  RankedTensorType bytes) {
  if (elements.getRank() == 0)
    return op->emitOpError("expects at least one dimension");
  RankedTensorType expected = getPackedBitsType(
      op->getContext(), elements.getShape(), elements.getElementTypeBitWidth());
  if (bytes == expected)
    return success();
  return op->emitOpError() << "expects " << elements << " to be stored as "
                           << expected << ", but the bytes are " << bytes;
}

LogicalResult PackBitsOp::verify() {
  return verifyPacked(*this, cast<RankedTensorType>(getInput().getType()),
                      cast<RankedTensorType>(getType()));
}

LogicalResult UnpackBitsOp::verify() {
  return verifyPacked(*this, cast<RankedTensorType>(getType()),
                      cast<RankedTensorType>(getInput().getType()));
}

/// unpack(pack(x)) -> x
OpFoldResult UnpackBitsOp::fold(FoldAdaptor) {
  auto pack = getInput().getDefiningOp<PackBitsOp>();
  if (pack && pack.getInput().getType() == getType())
    return pack.getInput();
  return {};
}

#define GET_OP_CLASSES
#include "auxact/Dialect/AuxAct/IR/AuxActOps.cpp.inc"
