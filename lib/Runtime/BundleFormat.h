//===- BundleFormat.h - Names inside a bundle -------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_BUNDLEFORMAT_H
#define AUXACT_LIB_RUNTIME_BUNDLEFORMAT_H

#include "auxact/Runtime/Bundle.h"

namespace auxact::runtime::bundle {

/// Keys of the metadata.
constexpr char formatKey[] = "auxact.format";
constexpr char formatMagic[] = "auxact-bundle-";
inline std::string programKey(size_t index) {
  return index == 0 ? "auxact.program"
                    : "auxact.program." + std::to_string(index);
}

/// Arrays of code, by bundle version; the metadata of the same name is the
/// checksum of such an array.
constexpr char codePrefix[] = "auxact.code.";
constexpr char oldCodePrefix[] = "auxact.kernels";
inline std::string libraryName(int64_t version, const std::string &target,
                               size_t index) {
  if (version == 1)
    return index == 0 ? oldCodePrefix
                      : oldCodePrefix + ("." + std::to_string(index));
  return codePrefix + target + ".kernels." + std::to_string(index) + ".so";
}
inline std::string imageName(const std::string &target,
                             const std::string &symbol,
                             const std::string &format) {
  return codePrefix + target + "." + symbol + "." + format;
}
constexpr const char *imageFormats[] = {"cubin", "ptx", "nvvm"};

inline bool isCode(const std::string &name) {
  return name.rfind(codePrefix, 0) == 0 || name.rfind(oldCodePrefix, 0) == 0;
}

const char *safetensorsName(DType dtype);

/// FNV-1a. Damaged code must not run; damaged weights show in the loss.
std::string checksum(const char *bytes, size_t count);

/// Which of the programs to load; a message without a path in front.
Expected<size_t> chooseTarget(const std::vector<ProgramSpec> &programs,
                              const ProgramOptions &options);

/// "cpu, cuda:sm_90a".
std::string listTargets(const std::vector<ProgramSpec> &programs);

} // namespace auxact::runtime::bundle

#endif // AUXACT_LIB_RUNTIME_BUNDLEFORMAT_H
