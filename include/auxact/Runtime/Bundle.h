//===- Bundle.h - A program in one file -------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A bundle is one safetensors file: the state's arrays under their own names,
// so that any safetensors reader can look at the weights; the kernels as shared
// objects in `auxact.kernels`, `auxact.kernels.1`, …; the program as JSON in
// the metadata. A bundle holds native code: load only what you trust.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_BUNDLE_H
#define AUXACT_RUNTIME_BUNDLE_H

#include "auxact/Runtime/Program.h"
#include "auxact/Runtime/Safetensors.h"
#include "auxact/Runtime/SharedObject.h"

namespace auxact::runtime {

/// The newest layout of the file that this build reads, and the one it writes.
constexpr int64_t bundleVersion = 1;

/// Shared objects, as bytes.
using KernelLibraries = std::vector<std::vector<char>>;

/// Saves the program with its present state. The libraries together export
/// every kernel symbol of the program: those that it was loaded with, and what
/// was compiled since. Extra arrays (say, a random state) get names that start
/// with "auxact.".
Error saveBundle(const std::string &path, const Program &program,
                 const KernelLibraries &libraries,
                 const std::vector<SafetensorsEntry> &extraArrays = {});

/// A loaded bundle: the program, and the code that it runs.
struct Bundle {
  std::vector<std::shared_ptr<SharedObject>> code; // outlives the program
  std::unique_ptr<Program> program;
  KernelLibraries libraries; // the code as bytes, for saving again
  std::map<std::string, std::vector<char>> extraArrays;
};

Expected<Bundle> loadBundle(const std::string &path,
                            const ProgramOptions &options = {});

/// Empty when this CPU has every feature in a list such as "+avx2,+fma"; else
/// the names of those it lacks.
std::string missingCpuFeatures(const std::string &features);

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_BUNDLE_H
