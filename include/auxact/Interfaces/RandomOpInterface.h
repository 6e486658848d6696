//===- RandomOpInterface.h - Random numbers ---------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What an operation that draws random numbers offers.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_RANDOMOPINTERFACE_H
#define AUXACT_INTERFACES_RANDOMOPINTERFACE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

#include "auxact/Interfaces/RandomOpInterface.h.inc"

#endif // AUXACT_INTERFACES_RANDOMOPINTERFACE_H
