//===- Strategy.h - Tile sizes and blockings as data ------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Every number that a kernel's shape of loops depends on is decided here, from
// the vector width and the shapes alone.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_CPU_STRATEGY_H
#define AUXACT_LIB_CODEGEN_CPU_STRATEGY_H

#include "auxact/Codegen/Kernel/KernelForm.h"

namespace mlir::auxact::cpu {

using namespace codegen;

/// How an elementwise kernel or a reduction is cut into tasks.
struct Chunks {
  int64_t rows = 1, columns = 1;         // of one task
  int64_t rowTasks = 1, columnTasks = 1; // tasks
};

Chunks chunkElementwise(int64_t rows, int64_t columns);
Chunks chunkRowReduction(int64_t rows, int64_t columns);
/// `rows` and `columns` of the result are indices before and after the reduced
/// loop.
Chunks chunkColumnReduction(int64_t outer, int64_t reduced, int64_t columns,
                            int64_t width);

/// Vectors side by side in a reduction along columns: full cache lines, and
/// whole bytes of bits.
constexpr int64_t kColumnVectors = 4;

/// Rows of the result that a task of `scatter_rows` owns.
int64_t chunkScatter(int64_t rows, int64_t columns);

/// What a contraction's prologue asks for.
struct ContractionTraits {
  bool aTransposed = false; // A is (k, m)
  bool bTransposed = false; // B is (n, k)
  bool aComputed = false;   // A has a prologue or results stored while packing
  bool aBFloat16 = false;   // A is stored in bf16
  bool bSeen = false;       // B is (k, n) and no buffer, and nothing is stored
                            // while it is packed
  bool hasEpilogue = false; // something besides the sum itself is stored
  /// Where A is (m, k): the numbers that views in its prologue divide k by.
  SmallVector<int64_t> kPeriods;
};

/// How a contraction is tiled.
struct ContractionStrategy {
  int64_t width = 16;      // lanes of a vector
  int64_t tileRows = 8;    // rows of the register tile
  int64_t tileVectors = 3; // vectors across the register tile
  int64_t kUnroll = 4;
  int64_t kBlock = 0; // K of one block; the last may be shorter
  /// Blocks are whole numbers of these, each of which divides the next: A is
  /// packed digit by digit of k, with lanes along the innermost.
  SmallVector<int64_t> kPeriods;
  bool packA = false;
  bool packB = true;    // else the tile computes what it needs of B
  int64_t rowBlock = 0; // rows of A packed at a time, whole vectors
  int64_t rowTasks = 1, columnTasks = 1;
  int64_t batchTasks = 1; // of a batch of products of their own

  int64_t tileColumns() const { return tileVectors * width; }
};

ContractionStrategy chooseContraction(const Contraction &contraction,
                                      const ContractionTraits &traits,
                                      int64_t vectorBits);

/// What attention's loops depend on.
struct AttentionShape {
  int64_t batch = 1, heads = 1, queries = 1, keys = 1;
  int64_t headSize = 1; // features of one head
  bool causal = false;
};

/// How attention is blocked.
struct AttentionStrategy {
  int64_t width = 16;       // lanes of a vector
  int64_t panelVectors = 3; // vectors of queries in a panel
  int64_t keyTile = 8;      // keys of a register tile of scores
  int64_t groupVectors = 4; // most vectors of features in a register tile
  int64_t keyUnit = 24;     // what blocks of keys are multiples of
  int64_t keyBlock = 48;    // keys of a block
  int64_t panelTasks = 1;   // tasks that share the panels of a head (forward)

  int64_t panelRows() const { return panelVectors * width; }
  /// Rows of a register tile that is `vectors` wide.
  int64_t tileRows(int64_t vectors) const;
};

AttentionStrategy chooseAttention(const AttentionShape &shape,
                                  int64_t vectorBits);

} // namespace mlir::auxact::cpu

#endif // AUXACT_LIB_CODEGEN_CPU_STRATEGY_H
