//===- CheckKernels.h - The gates, for all kernels of a module --*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_CODEGEN_GPU_CHECKKERNELS_H
#define AUXACT_TEST_CODEGEN_GPU_CHECKKERNELS_H

#include "Gate.h"

namespace mlir::auxact::gate {

/// Kernels as MLIR, and what their names are to begin with.
struct KernelFile {
  std::string prefix, text;
};

/// Compiles every kernel function of `files` for every chip, several at a time,
/// and checks it. Kernels that differ in nothing but the name are checked once:
/// programs share many. One that does not compile is a report with a fault.
llvm::Expected<std::vector<GateReport>>
checkKernels(llvm::ArrayRef<KernelFile> files,
             llvm::ArrayRef<std::string> chips, const CudaToolkit &toolkit);

} // namespace mlir::auxact::gate

#endif // AUXACT_TEST_CODEGEN_GPU_CHECKKERNELS_H
