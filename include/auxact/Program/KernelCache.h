//===- KernelCache.h - Compiled kernels on disk -----------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Content-addressed: the name of an entry is a hash of all that its bytes
// depend on, so that entries never go stale, and several processes may share a
// folder.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PROGRAM_KERNELCACHE_H
#define AUXACT_PROGRAM_KERNELCACHE_H

#include "auxact/Program/CompileTarget.h"

#include "llvm/ADT/StringRef.h"

#include <mutex>
#include <optional>
#include <string>

namespace mlir::auxact {

/// What identifies a compiled kernel: a hash of the kernel's text, the target
/// and the version of the compiler.
std::string kernelKey(llvm::StringRef kernelText, const CompileTarget &target);

/// Safe for use by several threads and processes at once.
class KernelCache {
public:
  /// `directory` may be empty: then it is $AUXACT_CACHE_DIR, else
  /// $XDG_CACHE_HOME/auxact, else ~/.cache/auxact. "none", or a variable that
  /// is set to nothing, means no cache.
  explicit KernelCache(llvm::StringRef directory);

  /// Nothing when there is no entry, or a damaged one, which will be replaced.
  std::optional<CompiledKernel> lookup(llvm::StringRef key);

  /// A folder that is full or read-only costs the cache, not the compilation:
  /// after the first failure nothing more is stored.
  void store(llvm::StringRef key, const CompiledKernel &kernel);

  /// Why storing failed, for one warning; empty when it did not, or when this
  /// process has reported the same folder before.
  std::string takeWarning();

  llvm::StringRef getDirectory() const { return directory; }
  bool isEnabled() const { return !directory.empty(); }

private:
  void disable(const llvm::Twine &why);

  std::mutex mutex;
  std::string directory; // empty: no cache
  bool writable = true;
  std::string warning;
};

} // namespace mlir::auxact

#endif // AUXACT_PROGRAM_KERNELCACHE_H
