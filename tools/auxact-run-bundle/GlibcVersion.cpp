//===- GlibcVersion.cpp - The oldest glibc this program runs on -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "GlibcVersion.h"

#include <cstdio>

#include <link.h>

namespace auxact {

/// The loader may or may not have added the program's address already.
static const char *pointTo(const dl_phdr_info &program, ElfW(Addr) address) {
  if (address < program.dlpi_addr)
    address += program.dlpi_addr;
  return reinterpret_cast<const char *>(address);
}

namespace {
struct Version {
  int major = 0, minor = 0;
};
} // namespace

/// Goes through the versions that the program needs of its libraries.
static Version findNewest(const dl_phdr_info &program,
                          const ElfW(Dyn) * dynamic) {
  const char *strings = nullptr, *needs = nullptr;
  ElfW(Xword) count = 0;
  for (; dynamic->d_tag != DT_NULL; ++dynamic) {
    if (dynamic->d_tag == DT_STRTAB)
      strings = pointTo(program, dynamic->d_un.d_ptr);
    else if (dynamic->d_tag == DT_VERNEED)
      needs = pointTo(program, dynamic->d_un.d_ptr);
    else if (dynamic->d_tag == DT_VERNEEDNUM)
      count = dynamic->d_un.d_val;
  }
  Version newest;
  if (!strings || !needs)
    return newest;
  for (ElfW(Xword) i = 0; i < count; ++i) {
    auto *library = reinterpret_cast<const ElfW(Verneed) *>(needs);
    const char *entry = needs + library->vn_aux;
    for (int j = 0; j < library->vn_cnt; ++j) {
      auto *version = reinterpret_cast<const ElfW(Vernaux) *>(entry);
      Version found;
      if (std::sscanf(strings + version->vna_name, "GLIBC_%d.%d", &found.major,
                      &found.minor) == 2 &&
          (found.major > newest.major ||
           (found.major == newest.major && found.minor > newest.minor)))
        newest = found;
      entry += version->vna_next;
    }
    needs += library->vn_next;
  }
  return newest;
}

std::string findNeededGlibc() {
  Version version;
  // The first object is the program itself.
  dl_iterate_phdr(
      [](dl_phdr_info *program, size_t, void *result) {
        for (int i = 0; i < program->dlpi_phnum; ++i)
          if (program->dlpi_phdr[i].p_type == PT_DYNAMIC)
            *static_cast<Version *>(result) =
                findNewest(*program, reinterpret_cast<const ElfW(Dyn) *>(
                                         program->dlpi_addr +
                                         program->dlpi_phdr[i].p_vaddr));
        return 1;
      },
      &version);
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

} // namespace auxact
