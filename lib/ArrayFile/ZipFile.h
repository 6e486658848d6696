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

#ifndef AUXACT_LIB_ARRAYFILE_ZIPFILE_H
#define AUXACT_LIB_ARRAYFILE_ZIPFILE_H

#include "auxact/Runtime/Error.h"

#include <string>
#include <string_view>
#include <vector>

namespace auxact {

struct ZipMember {
  std::string name;
  std::string bytes;
};

/// All members, in the order of the archive's directory; their checksums are
/// checked.
runtime::Expected<std::vector<ZipMember>> readZip(std::string_view archive);

} // namespace auxact

#endif // AUXACT_LIB_ARRAYFILE_ZIPFILE_H
