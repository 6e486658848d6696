//===- Grids.h - The launches of a lowered kernel ---------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From the attributes of device functions to what the runtime needs.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_GRIDS_H
#define AUXACT_LIB_CODEGEN_GPU_GRIDS_H

#include "auxact/Runtime/ProgramSpec.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::auxact::device {

/// In the order of their launches.
std::vector<::auxact::runtime::GridSpec> gridsOf(gpu::GPUModuleOp module);

int64_t workspaceBytesOf(gpu::GPUModuleOp module);

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_GRIDS_H
