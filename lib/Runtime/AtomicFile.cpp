//===- AtomicFile.cpp - All of a file, or the old one ---------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "AtomicFile.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace auxact::runtime {

/// A link stays a link: the file that it points to is replaced.
static std::string resolveLinks(const std::string &path) {
  std::error_code error;
  std::filesystem::path resolved = std::filesystem::canonical(path, error);
  return error ? path : resolved.string();
}

AtomicFile::AtomicFile(const std::string &path) : target(resolveLinks(path)) {
  static std::atomic<unsigned> counter{0};
  temporary = target + ".tmp-" + std::to_string(getpid()) + "-" +
              std::to_string(counter++);
}

AtomicFile::~AtomicFile() {
  if (descriptor < 0)
    return;
  close(descriptor);
  unlink(temporary.c_str());
}

Error AtomicFile::fail(const char *what) const {
  return Error::failure("cannot " + std::string(what) + " '" + target +
                        "': " + std::strerror(errno));
}

Error AtomicFile::open() {
  // Left over by a killed process of the same id.
  unlink(temporary.c_str());
  descriptor =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  return descriptor < 0 ? fail("write") : Error::success();
}

Error AtomicFile::write(const void *data, size_t bytes) {
  auto *from = static_cast<const char *>(data);
  while (bytes > 0) {
    // Linux writes at most 2 GiB at a time.
    ssize_t written =
        ::write(descriptor, from, std::min<size_t>(bytes, size_t(1) << 30));
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return fail("write");
    from += written;
    bytes -= written;
  }
  return Error::success();
}

Error AtomicFile::commit() {
  // Without fsync a crash of the machine could leave an empty new file in the
  // place of the old one.
  if (fsync(descriptor) != 0)
    return fail("write");
  if (rename(temporary.c_str(), target.c_str()) != 0)
    return fail("replace");
  close(descriptor);
  descriptor = -1;
  return Error::success();
}

} // namespace auxact::runtime
