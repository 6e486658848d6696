//===- Bundle.h - A program in one file -------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A bundle is one safetensors file: the state's arrays under their own names,
// so that any safetensors reader can look at the weights; and for each target
// the program as JSON in the metadata (`auxact.program`, `auxact.program.1`, …)
// and its code in arrays of bytes: `auxact.code.<target>.kernels.<n>.so`,
// shared objects of a host, or `auxact.code.<target>.<kernel>.<format>`, images
// of a device. All targets share the state, by name. A bundle holds native
// code: load only what you trust.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_BUNDLE_H
#define AUXACT_RUNTIME_BUNDLE_H

#include "auxact/Runtime/Program.h"
#include "auxact/Runtime/Safetensors.h"
#include "auxact/Runtime/SharedObject.h"

namespace auxact::runtime {

/// The newest layout of the file that this build reads, and the one it writes.
constexpr int64_t bundleVersion = 2;

/// Shared objects, as bytes.
using KernelLibraries = std::vector<std::vector<char>>;

/// One target of a bundle: a program's description and code.
struct BundleTarget {
  ProgramSpec spec;
  KernelLibraries libraries;    // of a host
  std::vector<KernelCode> code; // of a device, in the order of its kernels
};

/// Saves the program with its present state. A host's libraries together export
/// every kernel symbol of the program: those that it was loaded with, and what
/// was compiled since. Extra arrays (say, a random state) get names that start
/// with "auxact.". `others` are the same model for other targets, with the same
/// arrays of state.
Error saveBundle(const std::string &path, const Program &program,
                 const KernelLibraries &libraries,
                 const std::vector<SafetensorsEntry> &extraArrays = {},
                 const std::vector<BundleTarget> &others = {});

/// A loaded bundle: the program of one target, and the code that it runs.
struct Bundle {
  std::vector<std::shared_ptr<SharedObject>> code; // outlives the program
  std::unique_ptr<Program> program;
  KernelLibraries libraries; // the code as bytes, for saving again
  std::map<std::string, std::vector<char>> extraArrays;
  std::vector<BundleTarget> others; // for saving again
};

/// Loads the target that the options name; else the best one for the device
/// that is there, else the best of a host. Without a device, a bundle that is
/// for devices only loads, too: its state can be read, and a run says what is
/// missing.
Expected<Bundle> loadBundle(const std::string &path,
                            const ProgramOptions &options = {});

/// Empty when this CPU has every feature in a list such as "+avx2,+fma"; else
/// the names of those it lacks.
std::string missingCpuFeatures(const std::string &features);

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_BUNDLE_H
