//===- GpuTarget.cpp - Names of chips -------------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/GPU/CompileKernel.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::auxact {

llvm::Expected<GpuTarget> GpuTarget::named(llvm::StringRef name) {
  static constexpr llvm::StringRef chips[] = {"sm_80", "sm_89", "sm_90a"};
  llvm::StringRef chip = name;
  chip.consume_front("cuda:");
  if (!llvm::is_contained(chips, chip))
    return llvm::createStringError("unknown chip '" + chip.str() +
                                   "'; expected sm_80, sm_89 or sm_90a");
  GpuTarget target;
  target.chip = chip.str();
  return target;
}

} // namespace mlir::auxact
