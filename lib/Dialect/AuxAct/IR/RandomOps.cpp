//===- RandomOps.cpp - Layers that draw random numbers --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

using namespace mlir;
using namespace mlir::auxact;

//===----------------------------------------------------------------------===//
// What dropout and drop_path have in common
//===----------------------------------------------------------------------===//

template <typename OpTy>
static LogicalResult verifyDrop(OpTy op) {
  size_t source = op.getSource().size();
  if (source != 0 && source != 3)
    return op.emitOpError() << "expects a source of three numbers (seed, step, "
                               "operation), or none yet, but it has "
                            << source;
  double probability = op.getProbability().convertToDouble();
  if (!(probability >= 0.0 && probability < 1.0))
    return op.emitOpError()
           << "expects probability in [0, 1), but it is " << probability;
  return success();
}

template <typename OpTy>
static OpFoldResult foldDrop(OpTy op) {
  if (op.getProbability().isZero())
    return op.getInput();
  return {};
}

/// The same elements are 0 in the gradient, and the others scaled by the same
/// factor: the operation itself.
template <typename OpTy>
static Value buildDropGradient(OpTy op, OpBuilder &builder,
                               ValueRange residuals, Value gradient) {
  return OpTy::create(builder, op.getLoc(), gradient.getType(), gradient,
                      residuals, op.getProbabilityAttr(), StringAttr());
}

//===----------------------------------------------------------------------===//
// DropoutOp
//===----------------------------------------------------------------------===//

LogicalResult DropoutOp::verify() { return verifyDrop(*this); }

OpFoldResult DropoutOp::fold(FoldAdaptor) { return foldDrop(*this); }

MutableOperandRange DropoutOp::getRandomSourceMutable() {
  return getSourceMutable();
}

void DropoutOp::buildEvaluation(OpBuilder &,
                                SmallVectorImpl<Value> &replacements) {
  replacements.push_back(getInput());
}

void DropoutOp::buildResiduals(OpBuilder &, SmallVectorImpl<Value> &residuals) {
  llvm::append_range(residuals, getSource());
}

LogicalResult DropoutOp::buildInputGradients(OpBuilder &builder,
                                             ValueRange residuals,
                                             ValueRange resultGradients,
                                             const BitVector &,
                                             MutableArrayRef<Value> gradients) {
  gradients[0] =
      buildDropGradient(*this, builder, residuals, resultGradients[0]);
  return success();
}

//===----------------------------------------------------------------------===//
// DropPathOp
//===----------------------------------------------------------------------===//

LogicalResult DropPathOp::verify() {
  if (cast<RankedTensorType>(getType()).getRank() == 0)
    return emitOpError("expects samples along the leading dimension, but its "
                       "input is a single number");
  return verifyDrop(*this);
}

OpFoldResult DropPathOp::fold(FoldAdaptor) { return foldDrop(*this); }

MutableOperandRange DropPathOp::getRandomSourceMutable() {
  return getSourceMutable();
}

void DropPathOp::buildEvaluation(OpBuilder &,
                                 SmallVectorImpl<Value> &replacements) {
  replacements.push_back(getInput());
}

void DropPathOp::buildResiduals(OpBuilder &,
                                SmallVectorImpl<Value> &residuals) {
  llvm::append_range(residuals, getSource());
}

LogicalResult
DropPathOp::buildInputGradients(OpBuilder &builder, ValueRange residuals,
                                ValueRange resultGradients, const BitVector &,
                                MutableArrayRef<Value> gradients) {
  gradients[0] =
      buildDropGradient(*this, builder, residuals, resultGradients[0]);
  return success();
}
