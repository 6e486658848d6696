//===- SavedFormAttrInterface.h - Forms of kept values ----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What a form answers in which a layer's backward keeps what it reads.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_SAVEDFORMATTRINTERFACE_H
#define AUXACT_INTERFACES_SAVEDFORMATTRINTERFACE_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include "auxact/Interfaces/SavedFormAttrInterface.h.inc"

#endif // AUXACT_INTERFACES_SAVEDFORMATTRINTERFACE_H
