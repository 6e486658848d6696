//===- Grids.cpp - The launches of a lowered kernel -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Reading what GpuFrame wrote.
//
//===----------------------------------------------------------------------===//

#include "Grids.h"
#include "GpuFrame.h"

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"

namespace mlir::auxact::device {

std::vector<::auxact::runtime::GridSpec> gridsOf(gpu::GPUModuleOp module) {
  std::vector<::auxact::runtime::GridSpec> grids;
  for (auto function : module.getOps<gpu::GPUFuncOp>()) {
    ::auxact::runtime::GridSpec grid;
    grid.function = function.getName().str();
    auto blocks = function->getAttrOfType<DenseI64ArrayAttr>(kGridAttr);
    llvm::copy(blocks.asArrayRef(), grid.blocks);
    llvm::copy(*function.getKnownBlockSize(), grid.threads);
    grid.sharedBytes =
        function->getAttrOfType<IntegerAttr>(kSharedBytesAttr).getInt();
    grids.push_back(std::move(grid));
  }
  return grids;
}

int64_t workspaceBytesOf(gpu::GPUModuleOp module) {
  return module->getAttrOfType<IntegerAttr>(attrs::workspaceBytes).getInt();
}

} // namespace mlir::auxact::device
