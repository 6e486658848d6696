//===- ContractionStrategy.cpp - How contractions are tiled ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The tables, and the cost model behind them.
//
//===----------------------------------------------------------------------===//

#include "ContractionStrategy.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace mlir::auxact::device {

using llvm::ArrayRef;
using llvm::divideCeil;

namespace {

/// What a chip's rows are chosen by.
struct Chip {
  llvm::StringRef name;
  /// Of the smallest board that is sold with it as a large one.
  int64_t processors;
  /// Bytes of memory traffic a cycle of the whole chip.
  int64_t bytesPerCycle;
  ArrayRef<ContractionStrategy> strategies;
};

constexpr Engine F = Engine::Ffma, T = Engine::Tf32, B = Engine::Bf16;

// The rates are what such kernels are known to reach, not peaks: they only
// weigh tiles against each other.
//
// name, engine, rows, columns, depth, stages, warps down and across,
// blocks a multiprocessor, rate
constexpr ContractionStrategy sm80[] = {
    {"ffma_128x128", F, 128, 128, 16, 3, 4, 2, 2, 58},
    {"ffma_64x64", F, 64, 64, 16, 4, 2, 2, 4, 48},
    {"ffma_32x32", F, 32, 32, 16, 4, 1, 1, 8, 32},
    {"tf32_128x128", T, 128, 128, 16, 4, 2, 2, 2, 360},
    {"tf32_64x64", T, 64, 64, 32, 4, 2, 2, 2, 240},
    {"tf32_32x32", T, 32, 32, 32, 4, 1, 1, 4, 90},
    {"bf16_128x128", B, 128, 128, 32, 4, 2, 2, 2, 760},
    {"bf16_64x64", B, 64, 64, 64, 4, 2, 2, 2, 480},
    {"bf16_32x32", B, 32, 32, 64, 4, 1, 1, 4, 180},
};

// Less shared memory: one large block of eight warps a multiprocessor.
constexpr ContractionStrategy sm89[] = {
    {"ffma_128x128", F, 128, 128, 16, 3, 4, 2, 1, 110},
    {"ffma_64x64", F, 64, 64, 16, 4, 2, 2, 3, 90},
    {"ffma_32x32", F, 32, 32, 16, 4, 1, 1, 6, 50},
    {"tf32_128x128", T, 128, 128, 32, 3, 2, 4, 1, 220},
    {"tf32_64x64", T, 64, 64, 32, 3, 2, 2, 2, 160},
    {"tf32_32x32", T, 32, 32, 32, 3, 1, 1, 4, 70},
    {"bf16_128x128", B, 128, 128, 32, 4, 2, 4, 1, 440},
    {"bf16_64x64", B, 64, 64, 64, 3, 2, 2, 2, 320},
    {"bf16_32x32", B, 32, 32, 64, 3, 1, 1, 4, 140},
};

constexpr ContractionStrategy sm90a[] = {
    {"ffma_128x128", F, 128, 128, 16, 3, 4, 2, 2, 110},
    {"ffma_64x64", F, 64, 64, 16, 4, 2, 2, 4, 90},
    {"ffma_32x32", F, 32, 32, 16, 4, 1, 1, 8, 50},
    {"tf32_128x128", T, 128, 128, 32, 3, 2, 2, 2, 560},
    {"tf32_64x64", T, 64, 64, 32, 4, 2, 2, 3, 360},
    {"tf32_32x32", T, 32, 32, 32, 4, 1, 1, 6, 130},
    {"bf16_128x128", B, 128, 128, 64, 3, 2, 2, 2, 1150},
    {"bf16_64x64", B, 64, 64, 64, 4, 2, 2, 3, 720},
    {"bf16_32x32", B, 32, 32, 64, 4, 1, 1, 6, 260},
};

const Chip chips[] = {{"sm_80", 108, 1100, sm80},
                      {"sm_89", 128, 400, sm89},
                      {"sm_90a", 132, 2000, sm90a}};

/// Depth of a tile whose rows are loaded by single elements.
constexpr int64_t narrowDepth = 16;
/// Cycles of a second grid: its launch, and the wait for the first.
constexpr double secondGrid = 4000;
/// Depth below which a part is not worth its partial sums.
constexpr int64_t smallestPart = 256;
constexpr int64_t mostParts = 32;

} // namespace

int64_t depthTiles(const ContractionShape &shape,
                   const ContractionStrategy &strategy) {
  return std::max<int64_t>(shape.summands * divideCeil(shape.k, strategy.depth),
                           1);
}

/// Parts that all have at least one tile.
static int64_t wholeParts(int64_t tiles, int64_t splits) {
  splits = std::min(splits, tiles);
  return divideCeil(tiles, divideCeil(tiles, splits));
}

/// Cycles until the last block has finished.
static double estimate(const ContractionShape &shape, const Chip &chip,
                       const ContractionStrategy &s) {
  int64_t blocks = divideCeil(shape.m, s.rows) *
                   divideCeil(shape.n, s.columns) * shape.products * s.splits;
  double depth = divideCeil(depthTiles(shape, s), s.splits) * s.depth;
  double tile = s.rows * s.columns * depth / s.rate;
  // Blocks beside each other share the rate; a block alone does not get it all.
  int64_t perProcessor = divideCeil(blocks, chip.processors);
  int64_t full = perProcessor / s.blocksPerProcessor;
  int64_t rest = perProcessor % s.blocksPerProcessor;
  double cycles = tile * static_cast<double>(full * s.blocksPerProcessor);
  if (rest != 0)
    cycles += tile *
              std::max<double>(static_cast<double>(rest),
                               0.5 * static_cast<double>(s.blocksPerProcessor));
  if (s.splits > 1)
    cycles += secondGrid + 8.0 * static_cast<double>(shape.m) *
                               static_cast<double>(shape.n) *
                               static_cast<double>(shape.products) *
                               static_cast<double>(s.splits) /
                               static_cast<double>(chip.bytesPerCycle);
  return cycles;
}

std::optional<ContractionStrategy>
chooseContraction(const ContractionShape &shape, llvm::StringRef chipName,
                  llvm::StringRef name, int64_t splits) {
  const Chip *chip = llvm::find_if(
      chips, [&](const Chip &candidate) { return candidate.name == chipName; });
  if (chip == std::end(chips))
    return std::nullopt;
  std::optional<ContractionStrategy> best;
  double least = 0;
  for (ContractionStrategy s : chip->strategies) {
    if (s.engine != shape.engine || (!name.empty() && s.name != name))
      continue;
    // Narrow loads are many, each with an address in registers.
    if (shape.narrow)
      s.depth = std::min(s.depth, narrowDepth);
    int64_t from = splits > 0 ? splits : 1,
            to = splits > 0 ? splits : mostParts;
    int64_t blocks = divideCeil(shape.m, s.rows) *
                     divideCeil(shape.n, s.columns) * shape.products;
    for (int64_t parts = from; parts <= to; parts *= 2) {
      // Partial sums need memory: only where they put idle processors to work.
      if (parts > 1 && splits == 0 &&
          (shape.k * shape.summands / parts < smallestPart ||
           blocks * parts > chip->processors * s.blocksPerProcessor))
        break;
      s.splits = wholeParts(depthTiles(shape, s), parts);
      double cycles = estimate(shape, *chip, s);
      if (!best || cycles < least) {
        best = s;
        least = cycles;
      }
    }
  }
  return best;
}

} // namespace mlir::auxact::device
