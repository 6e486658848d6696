//===- ZipFile.h - Members of a .npz file -----------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Reads zip archives as numpy.savez and numpy.savez_compressed write them:
// stored or deflated members, with 64-bit sizes where they are needed.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TOOLS_AUX_RUN_ZIPFILE_H
#define AUXACT_TOOLS_AUX_RUN_ZIPFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::auxact {

struct ZipMember {
  std::string name;
  std::string bytes;
};

/// All members, in the order of the archive's directory; their checksums are
/// checked.
llvm::Expected<std::vector<ZipMember>> readZip(llvm::StringRef archive);

} // namespace mlir::auxact

#endif // AUXACT_TOOLS_AUX_RUN_ZIPFILE_H
