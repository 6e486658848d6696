//===- MatrixBody.h - Computations on matrices and statistics ---*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_DIALECT_AUXACT_IR_MATRIXBODY_H
#define AUXACT_LIB_DIALECT_AUXACT_IR_MATRIXBODY_H

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/Moments.h"

namespace mlir::auxact {

inline RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

inline Value identity(OpBuilder &, Location, ValueRange args) {
  return args.front();
}

Value buildMean(OpBuilder &builder, Location loc, Value sum, int64_t count);

/// `value` under another shape.
Value buildShaped(OpBuilder &builder, Location loc, Value value,
                  ArrayRef<int64_t> shape);

/// (samples, columns) as one row for each group of each sample.
Value buildGroups(OpBuilder &builder, Location loc, Value value,
                  int64_t groups);

/// A matrix of many rows is reduced in two steps, segments of rows first: more
/// than one task then reads it, and a segment is in the cache for a second
/// pass. Returns the rows of a segment, which divide those of the matrix; 0 if
/// it is reduced at once.
int64_t chooseSegment(RankedTensorType matrix);

/// The rows of a matrix as (segments, rows of a segment, columns).
Value buildSegments(OpBuilder &builder, Location loc, Value matrix,
                    int64_t segment);

/// An elementwise operation or a reduction on a matrix, or on segments of one,
/// some of whose operands have one element a row and some one a column.
class MatrixBody {
public:
  MatrixBody(OpBuilder &builder, Location loc, RankedTensorType type)
      : builder(builder), loc(loc), type(type) {}

  int64_t getRank() const { return type.getRank(); }

  /// Adds an operand (whole, or one element a row or a column); a null one is
  /// no operand. Returns its number.
  int add(Value value, Statistic kind = Statistic::OfColumn);

  /// One element of the result for each element.
  Value build(ScalarBody body);

  /// Sum over dimension `dim`.
  Value sum(int64_t dim, ScalarBody body);

private:
  OpBuilder &builder;
  Location loc;
  RankedTensorType type;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
};

} // namespace mlir::auxact

#endif // AUXACT_LIB_DIALECT_AUXACT_IR_MATRIXBODY_H
