//===- KernelCache.cpp - Compiled kernels on disk -------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// An entry is a header and the kernel. The header holds a checksum of all that
// follows it. Writers fill a file of their own and rename it: a reader
// sees a whole entry or none.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/KernelCache.h"

#include "CompilerVersion.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::auxact {

using llvm::StringRef;

static constexpr StringRef magic = "auxact-kernel-2\n";
static constexpr size_t hashBytes = 32;
static constexpr size_t headerBytes = magic.size() + hashBytes;

static std::string hashOf(llvm::ArrayRef<StringRef> parts) {
  llvm::SHA256 hash;
  for (StringRef part : parts) {
    // The length first: two splits of one text must differ.
    char length[8];
    llvm::support::endian::write64le(length, part.size());
    hash.update(StringRef(length, sizeof(length)));
    hash.update(part);
  }
  auto digest = hash.final();
  return std::string(reinterpret_cast<const char *>(digest.data()),
                     digest.size());
}

std::string kernelKey(StringRef kernelText, const CompileTarget &target) {
  std::vector<std::string> identity = target.getIdentity();
  std::vector<StringRef> parts = {LLVM_VERSION_STRING, AUXACT_COMPILER_VERSION};
  parts.insert(parts.end(), identity.begin(), identity.end());
  parts.push_back(kernelText);
  std::string digest = hashOf(parts);
  return llvm::toHex(digest, /*LowerCase=*/true);
}

static std::string findDirectory(StringRef directory) {
  auto variable = [](const char *name) {
    const char *value = std::getenv(name);
    return std::optional<StringRef>(value ? std::optional<StringRef>(value)
                                          : std::nullopt);
  };
  if (directory == "none")
    return "";
  if (!directory.empty())
    return directory.str();
  if (auto own = variable("AUXACT_CACHE_DIR"))
    return *own == "none" ? "" : own->str();
  llvm::SmallString<128> path;
  auto cacheHome = variable("XDG_CACHE_HOME"), home = variable("HOME");
  if (cacheHome && !cacheHome->empty())
    path = *cacheHome;
  else if (home && !home->empty())
    llvm::sys::path::append(path, *home, ".cache");
  else
    return "";
  llvm::sys::path::append(path, "auxact");
  return path.str().str();
}

KernelCache::KernelCache(StringRef directory)
    : directory(findDirectory(directory)) {}

static std::string entryPath(StringRef directory, StringRef key) {
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, key + ".kernel");
  return path.str().str();
}

namespace {

/// All of an entry after the checksum, written and read in the same order.
class PayloadWriter {
public:
  void visit(int64_t number) {
    char bytes[8];
    llvm::support::endian::write64le(bytes, number);
    payload.append(bytes, sizeof(bytes));
  }
  void visit(const std::string &text) {
    visit(static_cast<int64_t>(text.size()));
    payload += text;
  }
  template <typename T>
  size_t visitCount(const std::vector<T> &list) {
    visit(static_cast<int64_t>(list.size()));
    return list.size();
  }

  std::string payload;
};

/// The checksum has been found right: lengths hold.
class PayloadReader {
public:
  explicit PayloadReader(StringRef payload) : payload(payload) {}

  void visit(int64_t &number) {
    number = llvm::support::endian::read64le(payload.data());
    payload = payload.drop_front(8);
  }
  void visit(std::string &text) {
    int64_t size = 0;
    visit(size);
    text = payload.take_front(size).str();
    payload = payload.drop_front(size);
  }
  template <typename T>
  size_t visitCount(std::vector<T> &list) {
    int64_t size = 0;
    visit(size);
    list.resize(size);
    return size;
  }

private:
  StringRef payload;
};

} // namespace

template <typename Visitor, typename Kernel>
static void visitKernel(Visitor &visitor, Kernel &kernel) {
  visitor.visit(kernel.symbol);
  visitor.visit(kernel.object);
  visitor.visit(kernel.tasks);
  visitor.visit(kernel.workspaceBytes);
  size_t grids = visitor.visitCount(kernel.grids);
  for (size_t i = 0; i < grids; ++i) {
    auto &grid = kernel.grids[i];
    visitor.visit(grid.function);
    for (int axis = 0; axis < 3; ++axis) {
      visitor.visit(grid.blocks[axis]);
      visitor.visit(grid.threads[axis]);
    }
    visitor.visit(grid.sharedBytes);
  }
  size_t images = visitor.visitCount(kernel.images);
  for (size_t i = 0; i < images; ++i) {
    visitor.visit(kernel.images[i].format);
    visitor.visit(kernel.images[i].bytes);
  }
}

std::optional<CompiledKernel> KernelCache::lookup(StringRef key) {
  if (!isEnabled())
    return std::nullopt;
  auto buffer = llvm::MemoryBuffer::getFile(
      entryPath(directory, key), /*IsText=*/false,
      /*RequiresNullTerminator=*/false, /*IsVolatile=*/true);
  if (!buffer)
    return std::nullopt;
  StringRef bytes = (*buffer)->getBuffer();
  if (bytes.size() < headerBytes || !bytes.consume_front(magic))
    return std::nullopt;
  StringRef checksum = bytes.take_front(hashBytes);
  StringRef payload = bytes.drop_front(hashBytes);
  if (hashOf({key, payload}) != checksum)
    return std::nullopt;
  CompiledKernel kernel;
  PayloadReader reader(payload);
  visitKernel(reader, kernel);
  return kernel;
}

void KernelCache::store(StringRef key, const CompiledKernel &kernel) {
  if (!isEnabled())
    return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (!writable)
      return;
  }
  if (std::error_code error = llvm::sys::fs::create_directories(directory))
    return disable(error.message());
  std::string path = entryPath(directory, key);
  auto file = llvm::sys::fs::TempFile::create(path + ".tmp-%%%%%%%%");
  if (!file)
    return disable(llvm::toString(file.takeError()));

  PayloadWriter writer;
  visitKernel(writer, kernel);
  const std::string &payload = writer.payload;
  llvm::raw_fd_ostream stream(file->FD, /*shouldClose=*/false);
  stream << magic << hashOf({key, payload}) << payload;
  stream.flush();
  std::error_code error = stream.error();
  stream.clear_error();
  if (error) {
    llvm::consumeError(file->discard());
    return disable(error.message());
  }
  if (llvm::Error error = file->keep(path)) {
    std::string why = llvm::toString(std::move(error));
    llvm::consumeError(file->discard());
    return disable(why);
  }
}

void KernelCache::disable(const llvm::Twine &why) {
  static std::mutex reportedMutex;
  static llvm::StringSet<> reported;
  std::lock_guard<std::mutex> lock(mutex);
  if (!writable)
    return;
  writable = false;
  std::lock_guard<std::mutex> reportedLock(reportedMutex);
  if (reported.insert(directory).second)
    warning = ("cannot store compiled kernels in '" + directory + "': " + why +
               "; going on without")
                  .str();
}

std::string KernelCache::takeWarning() {
  std::lock_guard<std::mutex> lock(mutex);
  return std::exchange(warning, std::string());
}

} // namespace mlir::auxact
