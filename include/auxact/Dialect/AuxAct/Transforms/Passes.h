//===- Passes.h - Transformations of the auxact dialect ---------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_PASSES_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::auxact {

#define GEN_PASS_DECL
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_PASSES_H
