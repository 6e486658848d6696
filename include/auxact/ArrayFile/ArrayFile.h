//===- ArrayFile.h - Arrays from .npy and .npz files ------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Arrays from .npy and .npz files. Needs no LLVM: what trains from a bundle
// reads them as well.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_ARRAYFILE_ARRAYFILE_H
#define AUXACT_ARRAYFILE_ARRAYFILE_H

#include "auxact/Runtime/DType.h"
#include "auxact/Runtime/Error.h"

#include <string>
#include <vector>

namespace auxact {

/// One array, contiguous in row-major order.
struct Array {
  std::string name;
  runtime::DType dtype = runtime::DType::f32;
  std::vector<int64_t> shape;
  std::string bytes;
};

/// The arrays of a file: those of a .npz by their names in it, that of a .npy
/// by the name of the file. Errors start with the file's name.
runtime::Expected<std::vector<Array>> readArrays(const std::string &path);

} // namespace auxact

#endif // AUXACT_ARRAYFILE_ARRAYFILE_H
