//===- ModeDependentOpInterface.h - Training and evaluation -----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What an operation that differs between the two offers.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_MODEDEPENDENTOPINTERFACE_H
#define AUXACT_INTERFACES_MODEDEPENDENTOPINTERFACE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

#include "auxact/Interfaces/ModeDependentOpInterface.h.inc"

#endif // AUXACT_INTERFACES_MODEDEPENDENTOPINTERFACE_H
