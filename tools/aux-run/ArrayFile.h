//===- ArrayFile.h - Arrays from .npy and .npz files ------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Arrays from .npy and .npz files.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TOOLS_AUX_RUN_ARRAYFILE_H
#define AUXACT_TOOLS_AUX_RUN_ARRAYFILE_H

#include "auxact/Runtime/DType.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::auxact {

/// One array, contiguous in row-major order.
struct Array {
  std::string name;
  ::auxact::runtime::DType dtype;
  std::vector<int64_t> shape;
  std::string bytes;
};

/// The arrays of a file: those of a .npz by their names in it, that of a .npy
/// by the name of the file. Errors start with the file's name.
llvm::Expected<std::vector<Array>> readArrays(llvm::StringRef path);

} // namespace mlir::auxact

#endif // AUXACT_TOOLS_AUX_RUN_ARRAYFILE_H
