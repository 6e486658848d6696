//===- AttentionStrategy.cpp - How attention is blocked -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Blocks of keys and values that stay in the first-level cache while all
// queries of a panel meet them.
//
//===----------------------------------------------------------------------===//

#include "Strategy.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace mlir::auxact::cpu {

int64_t AttentionStrategy::tileRows(int64_t vectors) const {
  // Accumulators, a row of the other factor and one element fit the registers;
  // the panel's rows are a multiple of each.
  if (width == 16)
    return vectors == 1 ? 12 : vectors == 2 ? 12 : vectors == 3 ? 8 : 6;
  return vectors == 1 ? 8 : 6;
}

AttentionStrategy chooseAttention(const AttentionShape &shape,
                                  int64_t vectorBits) {
  AttentionStrategy s;
  s.width = vectorBits / 32;
  bool wide = s.width == 16;
  s.keyTile = wide ? 8 : 4;
  s.groupVectors = wide ? 4 : 2;
  int64_t padded = llvm::alignTo(shape.headSize, s.width);
  int64_t most = std::clamp<int64_t>(6144 / padded / s.keyUnit * s.keyUnit,
                                     s.keyUnit, 8 * s.keyUnit);
  // Blocks of one length rather than a short last one.
  int64_t blocks = llvm::divideCeil(shape.keys, most);
  s.keyBlock = llvm::alignTo(llvm::divideCeil(shape.keys, blocks), s.keyUnit);
  // A head's panels are shared only where there are few heads: keys and values
  // are packed by each task.
  int64_t pairs = shape.batch * shape.heads;
  int64_t panels = llvm::divideCeil(shape.queries, s.panelRows());
  s.panelTasks = std::min<int64_t>(panels, llvm::divideCeil(32, pairs));
  return s;
}

} // namespace mlir::auxact::cpu
