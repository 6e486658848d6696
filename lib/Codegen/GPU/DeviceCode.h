//===- DeviceCode.h - From the NVVM dialect to PTX --------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Translation to LLVM IR, libdevice, LLVM's passes, and the PTX back end.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_DEVICECODE_H
#define AUXACT_LIB_CODEGEN_GPU_DEVICECODE_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <string>

namespace mlir::auxact::device {

/// The version of PTX that is written: the oldest that has all that is used, so
/// that drivers since CUDA 12.0 can compile it.
inline constexpr llvm::StringLiteral kPtxFeature = "+ptx80";

struct DeviceCode {
  /// LLVM bitcode as it goes to the PTX back end, with line tables if the
  /// module has locations' scopes.
  std::string bitcode;
  std::string ptx;
};

/// Makes code of a module in the LLVM and NVVM dialects; `toolkit` is the
/// folder of the CUDA toolkit or empty, and is looked at only where the module
/// calls libdevice.
FailureOr<DeviceCode> emitDeviceCode(gpu::GPUModuleOp module, StringRef chip,
                                     StringRef toolkit);

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_DEVICECODE_H
