//===- LinalgBuilders.h - Small linalg computations on tensors --*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_LINALGBUILDERS_H
#define AUXACT_DIALECT_AUXACT_IR_LINALGBUILDERS_H

#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/IntegerSet.h"
#include "mlir/IR/Value.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>
#include <utility>

namespace mlir::auxact {

/// Builds one scalar out of the scalars of the operands.
using ScalarBody = llvm::function_ref<Value(OpBuilder &, Location, ValueRange)>;

/// Builds several scalars out of the scalars of the operands.
using ScalarsBody =
    llvm::function_ref<SmallVector<Value>(OpBuilder &, Location, ValueRange)>;

/// An elementwise linalg.generic with one result. An input of the result's rank
/// is read at the same index, one of rank 0 is a scalar, and one of lower rank
/// is broadcast along the leading dimensions (a bias) unless
/// `broadcastTrailing`, which broadcasts it along the trailing ones (a row
/// statistic). More than two dimensions are collapsed to (rows, columns): in
/// the body, linalg.index 1 is the column.
Value buildElementwise(OpBuilder &builder, Location loc,
                       RankedTensorType resultType, ValueRange inputs,
                       ScalarBody body, bool broadcastTrailing = false);

/// The same with several results, which have one shape.
SmallVector<Value> buildElementwiseResults(
    OpBuilder &builder, Location loc, ArrayRef<RankedTensorType> resultTypes,
    ValueRange inputs, ScalarsBody body, bool broadcastTrailing = false);

/// An elementwise linalg.generic over the dimensions of its results, however
/// many they are: nothing is collapsed. `dims` names, for each input, the
/// dimensions that it is read at, in the order of its own.
SmallVector<Value> buildElementwiseResultsAt(
    OpBuilder &builder, Location loc, ArrayRef<RankedTensorType> resultTypes,
    ValueRange inputs, ArrayRef<SmallVector<int64_t>> dims, ScalarsBody body);

/// The same with one result.
Value buildElementwiseAt(OpBuilder &builder, Location loc,
                         RankedTensorType resultType, ValueRange inputs,
                         ArrayRef<SmallVector<int64_t>> dims, ScalarBody body);

enum class ReductionKind { Add, Maximum };

/// Reduce dimension `dim` of inputs of one shape, after `body` has made one
/// scalar of the inputs' elements. Inputs of one dimension less are read along
/// the dimensions that stay, inputs of rank 0 are scalars. The dimensions
/// before `dim` are collapsed into one, and those after it as well.
Value buildReduction(OpBuilder &builder, Location loc, ValueRange inputs,
                     int64_t dim, ReductionKind kind, ScalarBody body);

/// Sum over all elements of `body` of the inputs: a chain of reductions, one a
/// dimension, so that the order of summation is fixed by the shape.
Value buildSum(OpBuilder &builder, Location loc, ValueRange inputs,
               ScalarBody body);

/// result(m, n) = sum over k of lhs * rhs. lhs is (m, k), or (k, m) where
/// transposed; rhs is (k, n), or (n, k) where transposed.
Value buildContraction(OpBuilder &builder, Location loc, Value lhs,
                       bool lhsTransposed, Value rhs, bool rhsTransposed);

/// A product of matrices for each element b of a batch. Each operand is as for
/// buildContraction, with or without a leading dimension for b; one of them has
/// it. The result is (b, m, n), or (m, n) where `sumBatch`, which sums over b
/// too and expects b in both operands.
Value buildBatchContraction(OpBuilder &builder, Location loc, Value lhs,
                            bool lhsTransposed, Value rhs, bool rhsTransposed,
                            bool sumBatch = false);

/// The loops of a contraction by number, told from the order of its iterators
/// alone: (m, n, k), (b, m, n, k), or (m, n, b, k) with b and k reduced.
struct ContractionLoops {
  unsigned m = 0, n = 1, k = 2;
  /// -1 without a batch.
  int batch = -1;
  bool sumsBatch = false;
};

/// None if the iterators of `op` are not those of a contraction.
std::optional<ContractionLoops> getContractionLoops(linalg::LinalgOp op);

/// How the operands of a contraction are stored.
struct ContractionLayout {
  ContractionLoops loops;
  bool lhsTransposed = false, rhsTransposed = false;
  /// Whether an operand has a leading dimension for the batch.
  bool lhsBatched = false, rhsBatched = false;
};

/// None if the loops or the maps of `op` are not those of a contraction.
std::optional<ContractionLayout> getContractionLayout(linalg::LinalgOp op);

/// Which operands of a product of two matrices are stored transposed; none if
/// its maps are not of this form.
std::optional<std::pair<bool, bool>> getTransposedOperands(linalg::LinalgOp op);

/// result(i, j) = left(i) * right(j).
Value buildOuterProduct(OpBuilder &builder, Location loc, Value left,
                        Value right);

/// `tensor` times the rank-0 tensor `factor`; null or a constant 1 is free.
Value buildScale(OpBuilder &builder, Location loc, Value tensor, Value factor);

/// A rank-0 constant of the element type of `like`.
Value buildScalarConstant(OpBuilder &builder, Location loc, Type elementType,
                          double value);

/// `value` as a matrix: leading dimensions collapsed into one.
Value buildAsMatrix(OpBuilder &builder, Location loc, Value value);

/// `value` seen at `map`, and zero where that is out of bounds or `condition`,
/// if there is one, does not hold.
Value buildAffineView(OpBuilder &builder, Location loc, Value value,
                      ArrayRef<int64_t> shape, AffineMap map,
                      IntegerSet condition = IntegerSet());

/// Whether the integer `value`, a scalar inside a region, is `number`.
Value buildIsInteger(OpBuilder &builder, Location loc, Value value,
                     IntegerAttr number);

/// A float constant inside a region, of `type`.
Value floatConstant(OpBuilder &builder, Location loc, Type type, double value);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_IR_LINALGBUILDERS_H
