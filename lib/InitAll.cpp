//===- InitAll.cpp - The one registration of dialects and passes ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/InitAll.h"

#include "auxact/Codegen/CPU/Passes.h"
#include "auxact/Codegen/GPU/Passes.h"
#include "auxact/Codegen/Kernel/Passes.h"
#include "auxact/Conversion/AuxActToLinalg/Passes.h"
#include "auxact/Dialect/AuxAct/ExternalModels/ExternalModels.h"
#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"
#include "auxact/Pipelines/Pipelines.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

void mlir::auxact::registerAllAuxAct(DialectRegistry &registry) {
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<AuxActDialect>();
  registerArithExternalModels(registry);
  registerLinalgExternalModels(registry);
  registerMathExternalModels(registry);
  registerTensorExternalModels(registry);
}

void mlir::auxact::registerAllAuxActPasses() {
  registerAllPasses();
  registerAuxActToLinalgPasses();
  registerAuxActTransformsPasses();
  registerAuxActCodegenKernelPasses();
  registerAuxActCodegenCPUPasses();
  registerCpuPipelines();
  registerAuxActCodegenGPUPasses();
  registerAuxActPipelines();
}
