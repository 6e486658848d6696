//===- auxact-run-bundle.cpp - Train from a bundle, without LLVM ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Trains from a bundle and arrays, prints loss, memory and times, and writes
// the state. Runs on machines that have neither LLVM nor Python: everything but
// glibc is linked statically.
//
//===----------------------------------------------------------------------===//

#include "GlibcVersion.h"
#include "Options.h"
#include "Trainer.h"

#include "auxact/Runtime/Bundle.h"

#include <cstdio>

using namespace auxact;

static int fail(const std::string &message) {
  std::fflush(stdout);
  std::fprintf(stderr, "auxact-run-bundle: error: %s\n", message.c_str());
  return 1;
}

static void printInfo(const runtime::Bundle &bundle) {
  auto print = [](const runtime::ProgramSpec &spec) {
    std::printf("target %s: %zu kernels, state of %lld bytes\n",
                spec.target.c_str(), spec.kernels.size(),
                static_cast<long long>(spec.stateBytes));
    for (const auto &[key, entry] : spec.entries)
      std::printf("  %s: %zu launches, peak %lld bytes\n", key.c_str(),
                  entry.launches.size(),
                  static_cast<long long>(runtime::peakBytes(spec, entry)));
  };
  print(bundle.program->getSpec());
  for (const runtime::BundleTarget &other : bundle.others)
    print(other.spec);
}

static runtime::Error run(const Options &options) {
  runtime::ProgramOptions programOptions;
  programOptions.threads = options.threads;
  programOptions.device = options.device;
  programOptions.target = options.target;
  auto bundle = runtime::loadBundle(options.bundle, programOptions);
  if (!bundle)
    return bundle.takeError();
  if (options.info) {
    printInfo(*bundle);
    return runtime::Error::success();
  }
  std::vector<Array> arrays;
  for (const std::string &path : options.data) {
    auto read = readArrays(path);
    if (!read)
      return read.takeError();
    for (Array &array : *read)
      arrays.push_back(std::move(array));
  }
  runtime::Program &program = *bundle->program;
  Trainer trainer(program, arrays, options);
  if (runtime::Error error = trainer.prepare())
    return error;
  if (runtime::Error error = trainer.train())
    return error;
  std::printf("target %s on %s\n", program.getSpec().target.c_str(),
              program.describeDevice().c_str());
  trainer.report();
  if (options.save.empty())
    return runtime::Error::success();
  std::vector<runtime::SafetensorsEntry> extra;
  for (const auto &[name, bytes] : bundle->extraArrays) {
    auto size = static_cast<int64_t>(bytes.size());
    extra.push_back({name, "U8", {size}, bytes.data(), size});
  }
  return runtime::saveBundle(options.save, program, bundle->libraries, extra,
                             bundle->others);
}

int main(int argc, char **argv) {
  auto options = parseOptions(std::vector<std::string>(argv + 1, argv + argc));
  if (!options)
    return fail(options.message());
  if (options->help) {
    std::fputs(getHelp().c_str(), stdout);
    return 0;
  }
  if (options->version) {
    std::printf("auxact-run-bundle: bundles up to version %lld, programs up to "
                "version %lld; runs with glibc %s or newer\n",
                static_cast<long long>(runtime::bundleVersion),
                static_cast<long long>(runtime::programVersion),
                findNeededGlibc().c_str());
    return 0;
  }
  if (runtime::Error error = run(*options))
    return fail(error.message());
  return 0;
}
