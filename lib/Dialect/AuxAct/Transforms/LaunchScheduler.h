//===- LaunchScheduler.h - List scheduling for a low peak -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Orders of a dependency graph by the bytes alive at once;
// knows numbers only, no IR.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_LAUNCHSCHEDULER_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_LAUNCHSCHEDULER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace mlir::auxact {

/// Launches 0, 1, ... in their original order, edges between them, and values.
/// A value is in memory from the first to the last of its members (the launch
/// that writes it and those that read it).
class LaunchGraph {
public:
  struct LiveValue {
    int64_t bytes;
    llvm::SmallVector<unsigned> members;
    /// Alive before the first launch, or after the last.
    bool fromStart, toEnd;
  };

  explicit LaunchGraph(unsigned launches)
      : successors(launches), predecessors(launches), valuesOf(launches) {}

  unsigned size() const { return successors.size(); }

  void addEdge(unsigned before, unsigned after) {
    successors[before].push_back(after);
    predecessors[after].push_back(before);
  }

  /// `members` has no duplicates.
  void addValue(int64_t bytes, llvm::ArrayRef<unsigned> members, bool fromStart,
                bool toEnd);

  /// The launch and all that must come before it.
  llvm::BitVector getAncestors(unsigned launch) const;

  /// The most bytes alive during any launch of this order.
  int64_t getPeak(llvm::ArrayRef<unsigned> order) const;

  llvm::SmallVector<llvm::SmallVector<unsigned>> successors, predecessors;
  llvm::SmallVector<LiveValue> values;
  /// The values that each launch is a member of.
  llvm::SmallVector<llvm::SmallVector<unsigned>> valuesOf;
};

/// The order of lowest peak among: the original one; the original one with
/// every launch that needs no more bytes than it frees done as soon as it can
/// be; greedy from the front; greedy from the back. Earlier ones win ties.
/// Nothing when the graph has a cycle. O(n log n) in launches and edges.
std::optional<llvm::SmallVector<unsigned>>
findLowPeakOrder(const LaunchGraph &graph);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_LAUNCHSCHEDULER_H
