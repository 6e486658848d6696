//===- ViewBuilders.h - Parts and arrangements as views ---------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// auxact.affine_view operations for what shape operations and their gradients
// say. Results are matrices, as everything that reads them computes on, under a
// reshape: lanes run along the last dimension.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_VIEWBUILDERS_H
#define AUXACT_DIALECT_AUXACT_IR_VIEWBUILDERS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

namespace mlir::auxact {

/// `value` with dimension i of the result its dimension `permutation[i]`.
Value buildTransposedView(OpBuilder &builder, Location loc, Value value,
                          ArrayRef<int64_t> permutation);

/// `size` elements of dimension `dim` of `value`, from `start`.
Value buildSliceView(OpBuilder &builder, Location loc, Value value, int64_t dim,
                     int64_t start, int64_t size);

/// `value` in a tensor of `shape`, from `start` in dimension `dim`, with zeros
/// around it. Leading dimensions that it lacks repeat it.
Value buildPaddedView(OpBuilder &builder, Location loc, Value value,
                      ArrayRef<int64_t> shape, int64_t dim, int64_t start);

/// `value` once for each index of the leading dimensions of `shape` that it
/// lacks.
Value buildRepeatedView(OpBuilder &builder, Location loc, Value value,
                        ArrayRef<int64_t> shape);

/// Bytes that the start of a row slice is a multiple of, on every target.
inline constexpr int64_t kRowSliceAlignment = 1024;

/// Rows [start, start + size) of `value` where they lie: `value` is in memory.
/// The rows before them take a multiple of kRowSliceAlignment bytes.
Value buildRowSlice(OpBuilder &builder, Location loc, Value value,
                    int64_t start, int64_t size);

/// The sum of `value` over its leading dimensions, down to `shape`.
Value buildSumOverLeading(OpBuilder &builder, Location loc, Value value,
                          ArrayRef<int64_t> shape);

/// Whether `part` is `whole` without some of its leading sizes.
bool isSuffix(ArrayRef<int64_t> part, ArrayRef<int64_t> whole);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_IR_VIEWBUILDERS_H
