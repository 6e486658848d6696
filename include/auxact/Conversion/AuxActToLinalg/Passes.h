//===- Passes.h - From auxact to linalg -------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The pass that turns layers and encodings into linalg.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CONVERSION_AUXACTTOLINALG_PASSES_H
#define AUXACT_CONVERSION_AUXACTTOLINALG_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::auxact {

#define GEN_PASS_DECL
#include "auxact/Conversion/AuxActToLinalg/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "auxact/Conversion/AuxActToLinalg/Passes.h.inc"

} // namespace mlir::auxact

#endif // AUXACT_CONVERSION_AUXACTTOLINALG_PASSES_H
