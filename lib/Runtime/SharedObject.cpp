//===- SharedObject.cpp - Code from memory --------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/SharedObject.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

namespace auxact::runtime {

static Error failure(const std::string &name, const std::string &why) {
  return Error::failure("cannot load the kernels of '" + name + "': " + why);
}

Expected<std::shared_ptr<SharedObject>>
SharedObject::open(const std::vector<char> &bytes, const std::string &name) {
  std::shared_ptr<SharedObject> object(new SharedObject);
  object->descriptor = memfd_create("auxact-kernels", MFD_CLOEXEC);
  if (object->descriptor < 0)
    return failure(name, std::strerror(errno));
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t written =
        write(object->descriptor, bytes.data() + done,
              std::min<size_t>(bytes.size() - done, size_t(1) << 30));
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return failure(name, std::strerror(errno));
    done += written;
  }
  // The descriptor stays open while the library is loaded: the loader knows a
  // library by its path, and a second one under a reused number would be taken
  // for the first.
  std::string path = "/proc/self/fd/" + std::to_string(object->descriptor);
  object->handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!object->handle) {
    const char *why = dlerror();
    return failure(name, why ? why : "unknown error");
  }
  return Expected<std::shared_ptr<SharedObject>>(std::move(object));
}

SharedObject::~SharedObject() {
  if (handle)
    dlclose(handle);
  if (descriptor >= 0)
    close(descriptor);
}

void *SharedObject::lookup(const std::string &symbol) const {
  return dlsym(handle, symbol.c_str());
}

} // namespace auxact::runtime
