//===- RuleBuilders.h - What several rules build ----------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_DIALECT_AUXACT_IR_RULEBUILDERS_H
#define AUXACT_LIB_DIALECT_AUXACT_IR_RULEBUILDERS_H

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

namespace mlir::auxact {

inline RankedTensorType tensorTypeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// `value`, seen under another shape.
Value buildReshaped(OpBuilder &builder, Location loc, Value value,
                    ArrayRef<int64_t> shape);

/// a / b, and 0 where b is 0.
Value buildSafeRatio(OpBuilder &builder, Location loc, Value a, Value b);

/// Reduce dimension `dim` of inputs of one shape (rank <= 2), several values at
/// once, which `body` makes of the inputs' elements. Inputs of rank 1 beside
/// inputs of rank 2 are read along the dimension that stays.
SmallVector<Value> buildReductions(OpBuilder &builder, Location loc,
                                   ValueRange inputs, int64_t dim,
                                   ReductionKind kind, unsigned count,
                                   ScalarsBody body);

/// Sums over all elements, several at once.
SmallVector<Value> buildSums(OpBuilder &builder, Location loc, Value input,
                             unsigned count, ScalarsBody body);

/// The mean of each feature, the last dimension, over all others.
Value buildFeatureMean(OpBuilder &builder, Location loc, Value activation);

/// `input` seen at the positions `at`, which are made of the result's
/// dimensions; zero where it is not.
Value buildView(OpBuilder &builder, Location loc, Value input,
                ArrayRef<int64_t> shape,
                llvm::function_ref<SmallVector<AffineExpr>(AffineExpr row,
                                                           AffineExpr column)>
                    at);

/// The features of the layer's activation lie along its last dimension; an
/// error on the layer otherwise.
LogicalResult verifyFeaturesAreLast(Operation *layer, StringRef rule);

//===----------------------------------------------------------------------===//
// Quantised forms
//===----------------------------------------------------------------------===//

/// A matrix in a few bits: the bytes of the codes, and the least value and the
/// scale of each group of each row, tensor<rows * groups>.
struct QuantizedForm {
  Value codes, low, scale;
};

/// `source` is that of the random numbers of stochastic rounding, or empty.
QuantizedForm buildQuantized(OpBuilder &builder, Location loc, Value matrix,
                             unsigned bits, int64_t group, ValueRange source);

/// The matrix of `columns` columns again.
Value buildDequantized(OpBuilder &builder, Location loc,
                       const QuantizedForm &form, int64_t columns,
                       Type elementType, unsigned bits, int64_t group);

/// `<4, group = 128, stochastic, rotate = 32>`: bits, and any of the keys that
/// are not null.
ParseResult parseBits(AsmParser &parser, unsigned &bits, int64_t &group,
                      bool *stochastic, int64_t *rotate);
void printBits(AsmPrinter &printer, unsigned bits, int64_t group,
               bool stochastic, int64_t rotate);
LogicalResult verifyBits(function_ref<InFlightDiagnostic()> emitError,
                         StringRef rule, unsigned bits, int64_t group);

//===----------------------------------------------------------------------===//
// Rotated forms
//===----------------------------------------------------------------------===//

/// The rules whose bits (1 or 2 an element) are those of the centered
/// activation, rotated in blocks of `block` features.
struct RotatedForm {
  unsigned bits;
  int64_t block;

  RuleForward buildForward(OpBuilder &builder,
                           const RuleForwardContext &context) const;
  FailureOr<RuleAuxiliary>
  buildAuxiliary(OpBuilder &builder, const RuleBackwardContext &context) const;
  FailureOr<Value>
  buildWeightGradient(OpBuilder &builder,
                      const RuleBackwardContext &context) const;
};

/// Whether features can be rotated in blocks of `block`; an error otherwise.
LogicalResult verifyRotation(function_ref<InFlightDiagnostic()> emitError,
                             StringRef rule, int64_t block);

/// The state of the rules that center: the mean of each feature.
SmallVector<RuleState> getMeanState(RankedTensorType type);

/// `matrix` plus the mean of each column.
Value buildPlusRow(OpBuilder &builder, Location loc, Value tensor, Value row);

} // namespace mlir::auxact

#endif // AUXACT_LIB_DIALECT_AUXACT_IR_RULEBUILDERS_H
