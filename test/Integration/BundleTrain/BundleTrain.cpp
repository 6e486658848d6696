//===- BundleTrain.cpp - Trains from a bundle, without LLVM ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// bundle-train <bundle> <data.safetensors> <steps> [options]
//
// Each step reads the arrays `<input>` of the data file (the same for every
// step) or `<input>.<i>` for step i, and prints the loss and its bits. Links
// the runtime only: that it builds and runs shows that a bundle needs no LLVM.
//
//   --entry=step          the entry to run
//   --threads=N           0: as planned
//   --scalar=name:value   a scalar of the step; "step" counts from --first-step
//   --first-step=N        1 unless told
//   --save=PATH           saves the trained state as a bundle
//   --check-loss          stop at a loss that is not finite
//   --memory              print the peak that was planned and what is allocated
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Bundle.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace auxact::runtime;

namespace {
struct Options {
  std::string bundle, data, save, entry = "step";
  int64_t steps = 0, threads = 0, firstStep = 1;
  bool checkLoss = false, memory = false;
  std::map<std::string, double> scalars;
};

/// An array of the data file in memory that is aligned like a framework's.
struct Array {
  std::unique_ptr<char, decltype(&std::free)> bytes{nullptr, &std::free};
  DType dtype;
  std::vector<int64_t> shape;

  ArrayView view() const {
    return {bytes.get(), dtype, shape.data(),
            static_cast<int64_t>(shape.size()), nullptr};
  }
};

int fail(const std::string &message) {
  std::fprintf(stderr, "bundle-train: error: %s\n", message.c_str());
  return 1;
}

bool parse(int argc, char **argv, Options &options) {
  int positional = 0;
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    size_t equals = text.find('=');
    std::string name = text.substr(0, equals);
    std::string value =
        equals == std::string::npos ? "" : text.substr(equals + 1);
    if (name == "--entry")
      options.entry = value;
    else if (name == "--threads")
      options.threads = std::atoll(value.c_str());
    else if (name == "--first-step")
      options.firstStep = std::atoll(value.c_str());
    else if (name == "--save")
      options.save = value;
    else if (name == "--check-loss")
      options.checkLoss = true;
    else if (name == "--memory")
      options.memory = true;
    else if (name == "--scalar" && value.find(':') != std::string::npos)
      options.scalars[value.substr(0, value.find(':'))] =
          std::atof(value.c_str() + value.find(':') + 1);
    else if (name.rfind("--", 0) == 0)
      return false;
    else if (positional == 0 && ++positional)
      options.bundle = text;
    else if (positional == 1 && ++positional)
      options.data = text;
    else if (positional == 2 && ++positional)
      options.steps = std::atoll(text.c_str());
    else
      return false;
  }
  return positional == 3;
}

Expected<Array> readArray(const SafetensorsFile &file,
                          const std::string &name) {
  const SafetensorsFile::Array *source = file.find(name);
  if (!source)
    return Error::failure("the data file has no array '" + name + "'");
  static const std::map<std::string, DType> dtypes = {{"F32", DType::f32},
                                                      {"F64", DType::f64},
                                                      {"I32", DType::i32},
                                                      {"I64", DType::i64},
                                                      {"I8", DType::i8}};
  auto dtype = dtypes.find(source->dtype);
  if (dtype == dtypes.end())
    return Error::failure("array '" + name + "' has the dtype " +
                          source->dtype);
  Array array;
  array.dtype = dtype->second;
  array.shape = source->shape;
  array.bytes.reset(static_cast<char *>(
      std::aligned_alloc(64, alignUp(source->bytes + 1, 64))));
  if (Error error = file.read(*source, array.bytes.get()))
    return error;
  return Expected<Array>(std::move(array));
}

/// The loss, or the first output when there is no loss.
const float *findLoss(const Program &program, const std::string &key) {
  const EntrySpec &entry = *program.findEntry(key);
  for (size_t i = 0; i < entry.outputs.size(); ++i)
    if (entry.outputs[i].name == "loss")
      return static_cast<const float *>(program.outputData(key, i));
  return nullptr;
}
} // namespace

int main(int argc, char **argv) {
  Options options;
  if (!parse(argc, argv, options))
    return fail("usage: bundle-train <bundle> <data.safetensors> <steps> "
                "[--entry=step] [--threads=N] [--scalar=name:value] "
                "[--first-step=N] [--save=PATH] [--check-loss] [--memory]");

  auto bundle = loadBundle(options.bundle, {options.threads});
  if (!bundle)
    return fail(bundle.message());
  Program &program = *bundle->program;
  auto data = SafetensorsFile::open(options.data);
  if (!data)
    return fail(data.message());
  const EntrySpec *entry = program.findEntry(options.entry);
  if (!entry)
    return fail("the bundle has no entry '" + options.entry + "'");

  for (int64_t i = 0; i < options.steps; ++i) {
    int64_t step = options.firstStep + i;
    std::vector<Array> arrays;
    std::vector<ArrayView> views;
    for (const InputSpec &input : entry->inputs) {
      std::string own = input.name + "." + std::to_string(i);
      auto array = readArray(*data, data->find(own) ? own : input.name);
      if (!array)
        return fail(array.message());
      arrays.push_back(std::move(*array));
      views.push_back(arrays.back().view());
    }
    std::vector<double> scalars;
    for (const ScalarSpec &scalar : entry->scalars) {
      auto given = options.scalars.find(scalar.name);
      if (given == options.scalars.end() && scalar.name != "step")
        return fail("the entry needs --scalar=" + scalar.name + ":value");
      scalars.push_back(given == options.scalars.end()
                            ? static_cast<double>(step)
                            : given->second);
    }
    RunOptions run;
    run.checkLoss = options.checkLoss;
    run.step = step;
    if (Error error = program.run(options.entry, views, scalars, run))
      return fail(error.message());
    const float *loss = findLoss(program, options.entry);
    if (!loss)
      return fail("the entry has no output 'loss'");
    uint32_t bits;
    std::memcpy(&bits, loss, sizeof(bits));
    std::printf("step %lld loss %.9g bits %08x\n", static_cast<long long>(step),
                *loss, bits);
  }
  if (options.memory)
    std::printf("peak %lld allocated %lld\n",
                static_cast<long long>(peakBytes(program.getSpec(), *entry)),
                static_cast<long long>(program.allocatedBytes()));
  if (!options.save.empty())
    if (Error error = saveBundle(options.save, program, bundle->libraries))
      return fail(error.message());
  return 0;
}
