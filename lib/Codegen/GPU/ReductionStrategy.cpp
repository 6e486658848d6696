//===- ReductionStrategy.cpp - How a reduction is dealt to threads --------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Chosen from the shape alone, so that sums are the same on every chip.
//
//===----------------------------------------------------------------------===//

#include "ReductionStrategy.h"

#include "ElementwiseSpace.h"

#include "llvm/Support/MathExtras.h"

#include <numeric>

namespace mlir::auxact::device {

using codegen::KernelForm;
using codegen::KernelKind;

constexpr int64_t accessBytes = 16;
constexpr int64_t blockThreads = 256;
/// Blocks that fill a large chip: four on each of 132 multiprocessors.
constexpr int64_t manyBlocks = 528;

static int64_t powerOfTwo(int64_t value, int64_t least, int64_t most) {
  int64_t power = llvm::PowerOf2Ceil(std::max<int64_t>(value, 1));
  return std::clamp(power, least, most);
}

static int64_t vectorWidth(const KernelForm &form, int64_t contiguous) {
  int64_t bytes = ElementwiseTraffic::of(form.results).elementBytes;
  return std::gcd(std::max<int64_t>(accessBytes / bytes, 1), contiguous);
}

static void chooseRows(const KernelForm &form, int64_t leastLanes,
                       ReductionStrategy &s) {
  s.steps = form.reductionExtent / s.width;
  s.sums = form.outerExtent;
  // A warp a row as long as its lanes have few steps; a block beyond that.
  constexpr int64_t warpSteps = 8;
  if (s.steps <= warpSize * warpSteps) {
    s.members = powerOfTwo(s.steps, leastLanes, warpSize);
    s.teams = std::min(blockThreads / s.members,
                       powerOfTwo(s.sums, warpSize / s.members, blockThreads));
  } else {
    s.members = powerOfTwo(llvm::divideCeil(s.steps, 4), 2 * warpSize, 512);
    s.teams = 1;
  }
}

static void chooseColumns(const KernelForm &form, int64_t leastLanes,
                          ReductionStrategy &s) {
  s.steps = form.reductionExtent;
  s.teamsPerRow = form.innerExtent / s.width;
  if (form.kind == KernelKind::InnerReduction)
    s.teamsPerRow = llvm::alignTo(s.teamsPerRow, leastLanes);
  s.sums = form.outerExtent * s.teamsPerRow;
  s.teams = powerOfTwo(s.sums, leastLanes, warpSize);
  s.members = std::min(blockThreads / s.teams,
                       powerOfTwo(s.steps, warpSize / s.teams, blockThreads));
}

ReductionStrategy ReductionStrategy::choose(const KernelForm &form) {
  ReductionStrategy s;
  bool alongRows = form.kind == KernelKind::RowReduction;
  s.width =
      vectorWidth(form, alongRows ? form.reductionExtent : form.innerExtent);
  // Packed bits need the lanes of a word next to each other.
  bool packs = llvm::any_of(form.results,
                            [](const auto &result) { return result.packed; });
  int64_t leastLanes = packs ? std::max<int64_t>(warpSize / s.width, 1) : 1;
  if (alongRows)
    chooseRows(form, leastLanes, s);
  else
    chooseColumns(form, leastLanes, s);

  s.unroll = std::max<int64_t>(4, 8 / s.width);
  // Sums side by side, each of vectors of columns, take registers of their own.
  if (!alongRows && form.reductions.size() > 1)
    s.unroll /= 2;
  int64_t perMember = llvm::divideCeil(s.steps, s.members);
  // Few sums of many steps: several blocks work on each.
  int64_t wholeBlocks = llvm::divideCeil(s.sums, s.teams);
  s.splits = std::clamp<int64_t>(manyBlocks / wholeBlocks, 1,
                                 std::max<int64_t>(perMember / 16, 1));
  // In whole rounds of the unrolled loop, so that only the last has a rest.
  int64_t round = s.members * s.unroll;
  s.splitSteps =
      s.splits == 1 ? s.steps
                    : llvm::alignTo(llvm::divideCeil(s.steps, s.splits), round);
  s.splits = llvm::divideCeil(s.steps, s.splitSteps);
  constexpr int64_t elementsInRegisters = 32;
  s.inRegisters = s.splits == 1 && perMember * s.width <= elementsInRegisters;
  return s;
}

int64_t ReductionStrategy::blocks() const {
  return llvm::divideCeil(sums, teams);
}

} // namespace mlir::auxact::device
