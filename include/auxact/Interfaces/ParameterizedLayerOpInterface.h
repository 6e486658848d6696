//===- ParameterizedLayerOpInterface.h - Layers with weights ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What a layer with weights offers to its rule.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_PARAMETERIZEDLAYEROPINTERFACE_H
#define AUXACT_INTERFACES_PARAMETERIZEDLAYEROPINTERFACE_H

#include "auxact/Interfaces/RuleAttrInterface.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

namespace mlir::auxact {

/// `mean` (tensor<features>) at every position of the layer's activation.
Value buildUniformActivation(OpBuilder &builder, Operation *layer, Value mean);

} // namespace mlir::auxact

#include "auxact/Interfaces/ParameterizedLayerOpInterface.h.inc"

#endif // AUXACT_INTERFACES_PARAMETERIZEDLAYEROPINTERFACE_H
