//===- CudaToolkit.h - ptxas and libdevice, found ---------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What is needed of NVIDIA's CUDA toolkit: the assembler `ptxas` (PTX to cubin)
// and the bitcode library libdevice (exp, erf, tanh, …). Nothing else of it is
// used, and neither is needed where no kernel asks for it.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_GPU_CUDATOOLKIT_H
#define AUXACT_CODEGEN_GPU_CUDATOOLKIT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::auxact {

/// Where the two files are looked for, in this order.
struct CudaToolkitPlaces {
  /// Asked for by the user. Given, nothing else is looked at.
  std::string folder;
  /// $CUDA_HOME.
  std::string cudaHome;
  /// $PATH.
  std::string path;
  /// `site-packages` folders, where the PyPI package may lie.
  std::vector<std::string> sitePackages;
  /// Where NVIDIA's installer puts it.
  std::string system;

  /// This process's: its environment, $VIRTUAL_ENV's site-packages, those that
  /// the library itself lies in, and /usr/local/cuda.
  static CudaToolkitPlaces ofProcess(llvm::StringRef folder);
};

struct CudaToolkit {
  /// Full paths; empty: not found. They are looked for one by one, since a
  /// `ptxas` on the path may be a script that lies far from its toolkit.
  std::string ptxas, libdevice;
  /// What was looked at, in words.
  std::string searched;

  static CudaToolkit find(llvm::StringRef folder);
  static CudaToolkit find(const CudaToolkitPlaces &places);

  /// One sentence: `use` needs `what` ("ptxas", "libdevice"), which was not
  /// found; what was looked at, and what to install.
  llvm::Error missing(llvm::StringRef use, llvm::StringRef what) const;
};

/// PTX to a cubin for `chip`. `log` gets what `ptxas -v` printed: registers,
/// spills, shared memory. A refusal is an error that holds the log.
llvm::Expected<std::string> assemble(llvm::StringRef ptx, llvm::StringRef chip,
                                     const CudaToolkit &toolkit,
                                     std::string *log = nullptr);

} // namespace mlir::auxact

#endif // AUXACT_CODEGEN_GPU_CUDATOOLKIT_H
