//===- ContractionStrategy.h - How contractions are tiled -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Every size that a contraction's code depends on is a row of a table: one row
// a chip, a way of multiplying and a tile. A small cost model picks the row.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_CONTRACTIONSTRATEGY_H
#define AUXACT_LIB_CODEGEN_GPU_CONTRACTIONSTRATEGY_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlir::auxact::device {

/// What multiplies.
enum class Engine {
  Ffma, // float32 multiply-adds of each thread
  Tf32, // mma.sync m16n8k8
  Bf16  // mma.sync m16n8k16
};

/// How one block of threads computes one tile of the result.
struct ContractionStrategy {
  llvm::StringRef name;
  Engine engine;
  /// Rows, columns and depth of the tile that a block loads at a time.
  int64_t rows, columns, depth;
  /// Tiles of the factors in shared memory.
  int64_t stages;
  /// Warps down and across the tile.
  int64_t warpRows, warpColumns;
  /// Blocks that run on one multiprocessor at a time.
  int64_t blocksPerProcessor;
  /// Multiply-adds a cycle of a multiprocessor full of such blocks.
  int64_t rate;

  /// Parts into which the contracted dimension is cut, each a layer of blocks.
  int64_t splits = 1;

  int64_t threads() const { return 32 * warpRows * warpColumns; }
  int64_t warps() const { return warpRows * warpColumns; }
  int64_t warpTileRows() const { return rows / warpRows; }
  int64_t warpTileColumns() const { return columns / warpColumns; }
};

/// What the choice depends on besides the chip.
struct ContractionShape {
  int64_t m, n, k;
  Engine engine;
  /// Products of their own, and products that are added up.
  int64_t products = 1, summands = 1;
  /// Rows of a factor are no multiples of 8 bytes.
  bool narrow = false;
};

/// The strategy for `shape`; the one called `name`, if a name is given. None
/// if there is no such chip or name.
std::optional<ContractionStrategy>
chooseContraction(const ContractionShape &shape, llvm::StringRef chip,
                  llvm::StringRef name = "", int64_t splits = 0);

/// Tiles along the contracted dimension, through all products that are summed.
int64_t depthTiles(const ContractionShape &shape,
                   const ContractionStrategy &strategy);

/// Rows of tiles that are walked down before the next column, so that the
/// blocks that run at a time share rows and columns of the factors.
inline constexpr int64_t kTileRowsPerGroup = 8;

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_CONTRACTIONSTRATEGY_H
