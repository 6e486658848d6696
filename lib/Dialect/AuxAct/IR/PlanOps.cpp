//===- PlanOps.cpp - The launch plan --------------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::auxact;

LogicalResult LaunchOp::verify() {
  std::optional<ArrayAttr> placements = getPlacements();
  if (!placements)
    return success();
  if (placements->size() != getNumResults())
    return emitOpError() << "expects one placement a result, which is "
                         << getNumResults() << ", but has "
                         << placements->size();
  for (Attribute placement : *placements)
    if (!isa<PlaceAttr>(placement))
      return emitOpError()
             << "expects placements to be #auxact.place, but one is "
             << placement;
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(
      *this, getKernelAttr());
  if (!kernel)
    return emitOpError() << "launches '" << getKernel()
                         << "', which is not a function of this module";
  if (TypeRange(kernel.getArgumentTypes()) != TypeRange(getInputs()))
    return emitOpError() << "expects inputs of types "
                         << kernel.getArgumentTypes() << ", as '" << getKernel()
                         << "' takes, but they are " << getInputs().getTypes();
  if (TypeRange(kernel.getResultTypes()) != TypeRange(getOutputs()))
    return emitOpError() << "expects results of types "
                         << kernel.getResultTypes() << ", as '" << getKernel()
                         << "' has, but they are " << getOutputs().getTypes();
  return success();
}
