//===- Mainloop.h - What multiplies the tiles of a contraction --*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A main loop turns a range of the contracted dimension into one tile of sums
// in registers. How it gets there (which instructions multiply, who copies) is
// its own business; what follows it only sees where which sums are.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_MAINLOOP_H
#define AUXACT_LIB_CODEGEN_GPU_MAINLOOP_H

#include "ContractionStrategy.h"
#include "OperandTile.h"

#include <memory>

namespace mlir::auxact::device {

/// Sums that follow each other in a row of the block's tile.
struct TileSums {
  Value row, column;
  Value elements; // a vector, or one
};

/// Tiles of the contracted dimension: [first, last).
struct DepthRange {
  Value first, last;
  /// How many tiles there are at most.
  int64_t most;
};

class Mainloop {
public:
  virtual ~Mainloop() = default;
  /// Bytes of shared memory, from offset 0.
  virtual int64_t sharedBytes() const = 0;
  /// Whether it leaves registers for as many blocks as the strategy hopes for.
  virtual bool isLean() const = 0;
  /// Emits the loop. Afterwards nobody uses its shared memory any more.
  virtual SmallVector<TileSums> emit(const DepthRange &range) = 0;
};

/// What every main loop is given.
struct MainloopContext {
  GpuFrame &frame;
  codegen::Evaluator &evaluator;
  const codegen::Contraction &contraction;
  ContractionStrategy strategy;
  Value rowOrigin, columnOrigin;
  /// Of the product of its own that the block works on; null without.
  Value batch;
};

std::unique_ptr<Mainloop> makeMainloop(const MainloopContext &context);

/// A loop over tiles in a ring of stages, filled some tiles ahead.
class PipelinedMainloop : public Mainloop {
public:
  PipelinedMainloop(const MainloopContext &context, Type element,
                    Swizzle transposedSwizzle);
  int64_t sharedBytes() const override;
  bool isLean() const override;
  SmallVector<TileSums> emit(const DepthRange &range) override;

protected:
  /// Sums before the first tile; those after one more tile, in `stage`; and
  /// where they are.
  virtual SmallVector<Value> start() = 0;
  virtual SmallVector<Value> multiply(Value stage, ValueRange sums) = 0;
  virtual SmallVector<TileSums> locate(ValueRange sums) = 0;

  GpuFrame &frame;
  ImplicitLocOpBuilder &b;
  ContractionStrategy s;
  Value lane, warp, warpRow, warpColumn;
  OperandTile left, right;

private:
  OperandTileOptions optionsFor(const MainloopContext &context, bool isLeft,
                                Type element, Swizzle transposedSwizzle);

  codegen::Evaluator &evaluator;
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_MAINLOOP_H
