//===- FfmaMainloop.h - Float32 multiply-adds of each thread ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// For strict float32: tiles of sums in the registers of each thread.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_FFMAMAINLOOP_H
#define AUXACT_LIB_CODEGEN_GPU_FFMAMAINLOOP_H

#include "Mainloop.h"

namespace mlir::auxact::device {

class FfmaMainloop : public PipelinedMainloop {
public:
  explicit FfmaMainloop(const MainloopContext &context);

protected:
  SmallVector<Value> start() override;
  SmallVector<Value> multiply(Value stage, ValueRange sums) override;
  SmallVector<TileSums> locate(ValueRange sums) override;

private:
  /// One factor as a thread sees it: `count` places of its own dimension. They
  /// follow each other by fours where the tile's rows run along it, and are
  /// `lanes` apart where they run along the contracted dimension.
  struct Side {
    OperandTile &tile;
    Value origin, lane; // of the warp's part; place among its threads
    int64_t lanes, count;
    bool byFours() const { return tile.contractedFirst(); }
  };
  Value placeOf(const Side &side, int64_t i);
  SmallVector<SmallVector<Value, 4>> loadAlong(const Side &side, Value base,
                                               Value depth);
  SmallVector<Value, 4> loadAcross(const Side &side, Value base, Value depth);
  SmallVector<Value, 4> expandBits(const Side &side, Value base, Value depth,
                                   int64_t first);

  Side rows, columns;
  int64_t perTurn; // of the contracted dimension
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_FFMAMAINLOOP_H
