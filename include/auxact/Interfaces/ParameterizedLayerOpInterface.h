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

#include "auxact/Interfaces/ParameterizedLayerOpInterface.h.inc"

#endif // AUXACT_INTERFACES_PARAMETERIZEDLAYEROPINTERFACE_H
