//===- TemporaryDirectory.h - A folder for one test -------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_UNIT_PROGRAM_TEMPORARYDIRECTORY_H
#define AUXACT_TEST_UNIT_PROGRAM_TEMPORARYDIRECTORY_H

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <string>
#include <vector>

/// Removed with all that is in it.
class TemporaryDirectory {
public:
  TemporaryDirectory() {
    llvm::cantFail(llvm::errorCodeToError(
        llvm::sys::fs::createUniqueDirectory("auxact-test", path)));
  }
  ~TemporaryDirectory() { llvm::sys::fs::remove_directories(path); }

  std::string str() const { return path.str().str(); }
  std::string operator/(llvm::StringRef name) const {
    llvm::SmallString<128> inner(path);
    llvm::sys::path::append(inner, name);
    return inner.str().str();
  }

  /// The paths of all files.
  std::vector<std::string> files() const {
    std::vector<std::string> result;
    std::error_code error;
    for (llvm::sys::fs::recursive_directory_iterator it(path, error), end;
         it != end && !error; it.increment(error))
      result.push_back(it->path());
    return result;
  }

private:
  llvm::SmallString<128> path;
};

#endif // AUXACT_TEST_UNIT_PROGRAM_TEMPORARYDIRECTORY_H
