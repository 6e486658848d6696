//===- GpuTarget.cpp - What code is generated for -------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Names of targets.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/GPU/CompileKernel.h"

namespace mlir::auxact {

llvm::Expected<GpuTarget> GpuTarget::named(llvm::StringRef name) {
  constexpr llvm::StringLiteral chips[] = {"sm_80", "sm_89", "sm_90a"};
  llvm::StringRef chip = name;
  chip.consume_front("cuda:");
  if (!llvm::is_contained(chips, chip))
    return llvm::createStringError(
        "unknown GPU target '" + name.str() +
        "'; expected cuda:sm_80, cuda:sm_89 or cuda:sm_90a");
  GpuTarget target;
  target.chip = chip.str();
  return target;
}

} // namespace mlir::auxact
