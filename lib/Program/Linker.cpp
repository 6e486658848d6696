//===- Linker.cpp - Kernels as a shared object ----------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/Linker.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::auxact {

using llvm::StringRef;

static llvm::Error failure(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

llvm::Expected<std::string> findLinker(StringRef directory) {
  if (directory.empty())
    directory = AUXACT_LLVM_BIN_DIR;
  if (auto own = llvm::sys::findProgramByName("ld.lld", {directory}))
    return *own;
  for (StringRef name : {"ld.lld-22", "ld.lld"})
    if (auto found = llvm::sys::findProgramByName(name))
      return *found;
  return failure("saving a program needs the linker ld.lld, which is neither "
                 "in '" +
                 directory +
                 "' nor in the PATH; install it with `apt-get install lld-22`");
}

static llvm::Error writeFile(StringRef path, StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream stream(path, error);
  if (!error) {
    stream << bytes;
    stream.close();
    error = stream.error();
    stream.clear_error();
  }
  if (error)
    return failure("cannot write '" + path + "': " + error.message());
  return llvm::Error::success();
}

static std::string readText(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().trim().str() : std::string();
}

llvm::Expected<std::vector<char>>
linkSharedObject(llvm::ArrayRef<CompiledKernel> kernels) {
  llvm::Expected<std::string> linker = findLinker();
  if (!linker)
    return linker.takeError();
  llvm::SmallString<128> directory;
  if (std::error_code error =
          llvm::sys::fs::createUniqueDirectory("auxact-link", directory))
    return failure("cannot create a temporary directory: " + error.message());
  llvm::scope_exit cleanUp(
      [&] { llvm::sys::fs::remove_directories(directory); });
  auto inside = [&](const llvm::Twine &name) {
    llvm::SmallString<128> path(directory);
    llvm::sys::path::append(path, name);
    return path.str().str();
  };

  std::string output = inside("kernels.so"), messages = inside("messages");
  std::vector<std::string> arguments = {
      *linker,       "-shared",     "-o", output,        "--build-id=none",
      "--strip-all", "--as-needed", "-z", "noexecstack", "--hash-style=gnu"};
  llvm::StringSet<> symbols;
  for (const CompiledKernel &kernel : kernels) {
    if (!symbols.insert(kernel.symbol).second)
      continue;
    std::string path = inside(std::to_string(symbols.size()) + ".o");
    if (llvm::Error error = writeFile(path, kernel.object))
      return std::move(error);
    arguments.push_back(path);
  }
  // For a kernel that calls it, should one do so.
  if (llvm::sys::fs::exists(AUXACT_LIBM))
    arguments.push_back(AUXACT_LIBM);

  std::vector<StringRef> references(arguments.begin(), arguments.end());
  std::string problem;
  int status = llvm::sys::ExecuteAndWait(
      *linker, references, /*Env=*/std::nullopt,
      /*Redirects=*/{StringRef(""), StringRef(messages), StringRef(messages)},
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &problem);
  if (status != 0)
    return failure("'" + *linker + "' failed: " + problem + readText(messages));
  auto buffer = llvm::MemoryBuffer::getFile(output, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return failure("cannot read '" + output +
                   "': " + buffer.getError().message());
  StringRef bytes = (*buffer)->getBuffer();
  return std::vector<char>(bytes.begin(), bytes.end());
}

} // namespace mlir::auxact
