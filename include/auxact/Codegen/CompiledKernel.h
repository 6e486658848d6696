//===- CompiledKernel.h - A kernel as code ----------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What every code generator hands over, whatever the target.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_COMPILEDKERNEL_H
#define AUXACT_CODEGEN_COMPILEDKERNEL_H

#include "auxact/Runtime/KernelCode.h"
#include "auxact/Runtime/ProgramSpec.h"

#include <string>
#include <vector>

namespace mlir::auxact {

using ::auxact::runtime::KernelImage;

struct CompiledKernel {
  std::string symbol;
  /// Host: a relocatable object file.
  std::string object;
  /// Host: the runtime calls the kernel once per task; tasks may run in any
  /// order and at the same time, each thread with its own workspace.
  int64_t tasks = 1, workspaceBytes = 0;
  /// Device: grids launched one after another, all with the same arguments.
  std::vector<::auxact::runtime::GridSpec> grids;
  std::vector<KernelImage> images;
};

} // namespace mlir::auxact

#endif // AUXACT_CODEGEN_COMPILEDKERNEL_H
