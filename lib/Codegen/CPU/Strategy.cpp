//===- Strategy.cpp - Tile sizes and blockings as data --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The tables and the small cost model behind them.
//
//===----------------------------------------------------------------------===//

#include "Strategy.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

namespace mlir::auxact::cpu {

using llvm::divideCeil;

//===----------------------------------------------------------------------===//
// Elementwise kernels and reductions
//===----------------------------------------------------------------------===//

/// Elements of one task: some ten microseconds of work, and a whole number of
/// unrolled vectors and of packed bytes.
static constexpr int64_t kTaskElements = 16384;

Chunks chunkElementwise(int64_t rows, int64_t columns) {
  Chunks chunks;
  chunks.columns = std::min(columns, 2 * kTaskElements);
  if (chunks.columns < columns)
    chunks.columns = kTaskElements;
  chunks.rows =
      std::min<int64_t>(rows, divideCeil(kTaskElements, chunks.columns));
  chunks.rowTasks = divideCeil(rows, chunks.rows);
  chunks.columnTasks = divideCeil(columns, chunks.columns);
  return chunks;
}

Chunks chunkRowReduction(int64_t rows, int64_t columns) {
  Chunks chunks;
  chunks.columns = columns;
  chunks.rows = std::min<int64_t>(rows, divideCeil(kTaskElements, columns));
  chunks.rowTasks = divideCeil(rows, chunks.rows);
  return chunks;
}

Chunks chunkColumnReduction(int64_t outer, int64_t reduced, int64_t columns,
                            int64_t width) {
  Chunks chunks;
  // All columns where there are enough indices before them for many threads:
  // what a task reads then lies together.
  constexpr int64_t manyTasks = 32;
  chunks.columns = columns;
  chunks.rows =
      std::min<int64_t>(outer, divideCeil(kTaskElements, reduced * columns));
  chunks.rowTasks = divideCeil(outer, chunks.rows);
  if (chunks.rowTasks >= manyTasks)
    return chunks;
  chunks.columns = std::min(columns, kColumnVectors * width);
  chunks.columnTasks = divideCeil(columns, chunks.columns);
  chunks.rows = std::min<int64_t>(
      outer, divideCeil(kTaskElements, reduced * chunks.columns));
  chunks.rowTasks = divideCeil(outer, chunks.rows);
  return chunks;
}

/// Every task goes through the whole list, so there are not many.
int64_t chunkScatter(int64_t rows, int64_t columns) {
  constexpr int64_t mostTasks = 64;
  return std::max<int64_t>(divideCeil(kTaskElements, columns),
                           divideCeil(rows, mostTasks));
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

namespace {

/// One row per instruction set.
struct RegisterTile {
  int64_t vectorBits, rows, vectors;
  /// Whether the tile has time, beside so many multiply-adds, for other work:
  /// to extend elements of A from bf16, to find those of B through a view.
  bool hasTime;
};
// 24 of 32 accumulators, 12 of 16: the rest holds a row of B and a broadcast.
constexpr RegisterTile registerTiles[] = {{512, 8, 3, true},
                                          {256, 4, 3, false}};

/// Time to pack an element, in units of one multiply-add vector instruction.
constexpr double packCopy = 0.2, packTranspose = 0.5, packCompute = 0.6;

/// Every panel of B reads all rows of A again. Beyond so many bytes they come
/// from memory, at so much time an element and panel.
constexpr int64_t cachedBytes = 4 << 20;
constexpr double streamedRead = 0.2;

/// Rows of A that are packed at a time: with a block of K, about as much as
/// half of a small L2 cache, whole vectors for every instruction set.
constexpr int64_t packedRows = 32;

/// Products of a batch that are small are dealt to tasks several at a time: so
/// many multiply-adds take some ten microseconds.
constexpr int64_t taskMultiplyAdds = 1 << 20;

/// Numbers of threads that a grid should suit, and how much each matters.
constexpr std::pair<int64_t, double> threadWeights[] = {
    {1, 1.0}, {2, 1.0}, {4, 0.1}, {8, 0.02}};

} // namespace

/// Blocks of about `target` that divide K evenly, in whole numbers of `unit`.
static int64_t chooseKBlock(int64_t k, int64_t target, int64_t unit) {
  int64_t blocks = divideCeil(k, target);
  return std::min<int64_t>(k, llvm::alignTo(divideCeil(k, blocks), unit));
}

/// Where a view divides k, a block is a whole number of its periods, unless
/// that would be too large. In whole vectors, and in whole unrolled steps.
static void chooseKBlocks(const Contraction &c, const ContractionTraits &traits,
                          ContractionStrategy &s) {
  constexpr int64_t target = 1024, most = 1536;
  int64_t unit = 32;
  for (int64_t period : traits.kPeriods) {
    int64_t both = std::lcm(period, unit);
    if (c.k % period != 0 || (both > most && c.k > most))
      break;
    s.kPeriods.push_back(period);
    unit = both;
  }
  s.kBlock = chooseKBlock(c.k, std::max(target, std::min(unit, c.k)), unit);
}

/// Cuts the result into a grid. A grid costs what the busiest of some threads
/// multiplies and packs. One and two threads count most: what many of them gain
/// from a finer grid, few of them pay in packing the same elements again.
static void chooseGrid(const Contraction &c, const ContractionTraits &traits,
                       ContractionStrategy &s) {
  int64_t rowTiles = divideCeil(c.m, s.tileRows);
  int64_t columnTiles = divideCeil(c.n, s.tileColumns());
  double packB = traits.bTransposed ? packTranspose : packCopy;
  double packA = s.packA ? packCompute : 0.02;
  int64_t batchTasks = 1;
  double k = static_cast<double>(c.k);
  if (c.batch == Contraction::ParallelBatch)
    batchTasks = divideCeil(
        c.batches, std::clamp<int64_t>(taskMultiplyAdds / (c.m * c.n * c.k), 1,
                                       c.batches));
  else if (c.batch == Contraction::ReducedBatch)
    k *= static_cast<double>(c.batches);
  s.batchTasks = batchTasks;
  double best = 0;
  for (int64_t rows = 1; rows <= std::min<int64_t>(rowTiles, 32); ++rows)
    for (int64_t columns = 1; columns <= std::min<int64_t>(columnTiles, 64);
         ++columns) {
      double m = divideCeil(rowTiles, rows) * s.tileRows;
      double n = divideCeil(columnTiles, columns) * s.tileColumns();
      // 2000 cycles to start a task; K does not matter to the rest.
      double block = m * n / s.width + packA * m + packB * n + 2000.0 / k;
      if (!s.packA && m * s.kBlock * 4 > cachedBytes)
        block += streamedRead * m * n / s.tileColumns();
      double cost = 0;
      for (auto [threads, weight] : threadWeights)
        cost += weight * threads *
                static_cast<double>(
                    divideCeil(batchTasks * rows * columns, threads)) *
                block;
      if (best == 0 || cost < best) {
        best = cost;
        s.rowTasks = rows;
        s.columnTasks = columns;
      }
    }
}

ContractionStrategy chooseContraction(const Contraction &c,
                                      const ContractionTraits &traits,
                                      int64_t vectorBits) {
  ContractionStrategy s;
  s.width = vectorBits / 32;
  for (const RegisterTile &tile : registerTiles)
    if (tile.vectorBits == vectorBits) {
      s.tileRows = tile.rows;
      s.tileVectors = tile.vectors;
      s.packA = traits.aBFloat16 && !tile.hasTime;
      // A panel that one row of tiles meets is not worth a copy.
      s.packB = !(traits.bSeen && tile.hasTime && c.m <= tile.rows);
    }
  chooseKBlocks(c, traits, s);
  // The tile reads one or eight cache lines of A in 24 multiply-adds or more,
  // wherever they are, so a copy only pays for computing elements once.
  s.packA |= traits.aComputed;
  s.rowBlock = packedRows;
  chooseGrid(c, traits, s);
  return s;
}

} // namespace mlir::auxact::cpu
