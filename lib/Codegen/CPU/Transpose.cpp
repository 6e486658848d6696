//===- Transpose.cpp - Transposition in registers -------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// First 4x4 blocks within 128-bit lanes, then whole lanes.
//
//===----------------------------------------------------------------------===//

#include "Transpose.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact::cpu {

/// Applies `pattern` (indices below 4 from `lhs`, others from `rhs`) in each
/// 128-bit lane.
static Value shuffleInLanes(ImplicitLocOpBuilder &b, Value lhs, Value rhs,
                            ArrayRef<int64_t> pattern) {
  int64_t width = cast<VectorType>(lhs.getType()).getNumElements();
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < width; lane += 4)
    for (int64_t i : pattern)
      mask.push_back(i < 4 ? lane + i : width + lane + i - 4);
  return vector::ShuffleOp::create(b, lhs, rhs, mask);
}

/// Picks whole 128-bit lanes: first from `lhs`, then as many from `rhs`.
static Value shuffleLanes(ImplicitLocOpBuilder &b, Value lhs, Value rhs,
                          ArrayRef<int64_t> lanes) {
  int64_t width = cast<VectorType>(lhs.getType()).getNumElements();
  SmallVector<int64_t> mask;
  for (int64_t base : {int64_t(0), width})
    for (int64_t lane : lanes)
      for (int64_t i = 0; i < 4; ++i)
        mask.push_back(base + lane * 4 + i);
  return vector::ShuffleOp::create(b, lhs, rhs, mask);
}

SmallVector<Value> transposeSquare(ImplicitLocOpBuilder &b,
                                   ArrayRef<Value> rows) {
  int64_t width = rows.size(), groups = width / 4;
  // blocks[g][c]: lane l holds rows 4g..4g+3 of column 4l+c.
  SmallVector<SmallVector<Value>> blocks(groups);
  for (int64_t g = 0; g < groups; ++g) {
    ArrayRef<Value> r = rows.slice(4 * g, 4);
    Value low01 = shuffleInLanes(b, r[0], r[1], {0, 4, 1, 5});
    Value high01 = shuffleInLanes(b, r[0], r[1], {2, 6, 3, 7});
    Value low23 = shuffleInLanes(b, r[2], r[3], {0, 4, 1, 5});
    Value high23 = shuffleInLanes(b, r[2], r[3], {2, 6, 3, 7});
    blocks[g] = {shuffleInLanes(b, low01, low23, {0, 1, 4, 5}),
                 shuffleInLanes(b, low01, low23, {2, 3, 6, 7}),
                 shuffleInLanes(b, high01, high23, {0, 1, 4, 5}),
                 shuffleInLanes(b, high01, high23, {2, 3, 6, 7})};
  }
  SmallVector<Value> columns(width);
  for (int64_t c = 0; c < 4; ++c) {
    if (groups == 2) {
      columns[c] = shuffleLanes(b, blocks[0][c], blocks[1][c], {0});
      columns[4 + c] = shuffleLanes(b, blocks[0][c], blocks[1][c], {1});
      continue;
    }
    Value front01 = shuffleLanes(b, blocks[0][c], blocks[1][c], {0, 1});
    Value back01 = shuffleLanes(b, blocks[0][c], blocks[1][c], {2, 3});
    Value front23 = shuffleLanes(b, blocks[2][c], blocks[3][c], {0, 1});
    Value back23 = shuffleLanes(b, blocks[2][c], blocks[3][c], {2, 3});
    columns[c] = shuffleLanes(b, front01, front23, {0, 2});
    columns[4 + c] = shuffleLanes(b, front01, front23, {1, 3});
    columns[8 + c] = shuffleLanes(b, back01, back23, {0, 2});
    columns[12 + c] = shuffleLanes(b, back01, back23, {1, 3});
  }
  return columns;
}

} // namespace mlir::auxact::cpu
