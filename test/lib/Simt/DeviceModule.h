//===- DeviceModule.h - A loaded module of kernels --------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_DEVICEMODULE_H
#define AUXACT_TEST_LIB_SIMT_DEVICEMODULE_H

#include "Sites.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/Error.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace auxact::simt {

class DeviceModule;

/// A kernel as the driver hands it out.
struct DeviceFunction {
  DeviceModule *module = nullptr;
  std::string name;
  std::vector<size_t> parameterBytes;
  /// Of a block: at most so many, or exactly so many (0: any number).
  unsigned maxThreads = 1024, requiredThreads = 0;
  unsigned staticSharedBytes = 0, granule = 1;
  /// What cuFuncSetAttribute allows.
  unsigned maxDynamicBytes = 48 << 10;
  /// Null before the first launch.
  void (*entry)(void **) = nullptr;
};

/// LLVM bitcode of NVVM's dialect, instrumented, and compiled for the host when
/// a kernel is first launched.
class DeviceModule {
public:
  /// Errors name what is not modelled.
  static llvm::Expected<std::unique_ptr<DeviceModule>>
  load(llvm::StringRef bitcode);
  ~DeviceModule();

  /// Whether what it was compiled for runs on a chip of that capability (90).
  bool runsOn(unsigned capability) const;
  DeviceFunction *find(llvm::StringRef name);
  llvm::Error compile(DeviceFunction &function);

private:
  DeviceModule() = default;

  Sites sites;
  std::string chip; // "sm_90a"
  std::map<std::string, DeviceFunction, std::less<>> functions;
  /// Global variables that kernels may read, until they have addresses.
  std::vector<std::pair<std::string, size_t>> variables;
  std::vector<char *> placed;
  llvm::orc::JITDylib *library = nullptr;
};

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_DEVICEMODULE_H
