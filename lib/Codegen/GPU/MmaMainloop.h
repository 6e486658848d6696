//===- MmaMainloop.h - Tensor cores by mma.sync -----------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// bf16 and tf32 factors, float32 sums.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_MMAMAINLOOP_H
#define AUXACT_LIB_CODEGEN_GPU_MMAMAINLOOP_H

#include "Mainloop.h"
#include "MmaFragments.h"

namespace mlir::auxact::device {

class MmaMainloop : public PipelinedMainloop {
public:
  explicit MmaMainloop(const MainloopContext &context);

protected:
  SmallVector<Value> start() override;
  SmallVector<Value> multiply(Value stage, ValueRange sums) override;
  SmallVector<TileSums> locate(ValueRange sums) override;

private:
  bool isBf16;
  Value rowOrigin, columnOrigin; // of the warp's part of the tile
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_MMAMAINLOOP_H
