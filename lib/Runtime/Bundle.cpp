//===- Bundle.cpp - A program in one file ---------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Bundle.h"

#include <cstdlib>

namespace auxact::runtime {

static constexpr char formatKey[] = "auxact.format";
static constexpr char programKey[] = "auxact.program";
static constexpr char kernelsName[] = "auxact.kernels";
static constexpr char formatMagic[] = "auxact-bundle-";

static const char *safetensorsName(DType dtype) {
  switch (dtype) {
  case DType::f32:
    return "F32";
  case DType::f64:
    return "F64";
  case DType::i32:
    return "I32";
  case DType::i64:
    return "I64";
  case DType::i8:
    return "I8";
  }
  return "?";
}

/// The array of a library; its checksum is the metadata of the same name.
static std::string libraryName(size_t index) {
  return index == 0 ? kernelsName : kernelsName + ("." + std::to_string(index));
}

static bool startsWith(const std::string &text, const std::string &prefix) {
  return text.rfind(prefix, 0) == 0;
}

/// FNV-1a. Damaged code must not run; damaged weights show in the loss.
static std::string checksum(const std::vector<char> &bytes) {
  uint64_t hash = 14695981039346656037ULL;
  for (char byte : bytes)
    hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  return std::to_string(hash);
}

Error saveBundle(const std::string &path, const Program &program,
                 const KernelLibraries &libraries,
                 const std::vector<SafetensorsEntry> &extraArrays) {
  const ProgramSpec &spec = program.getSpec();
  std::vector<SafetensorsEntry> arrays = extraArrays;
  for (const SafetensorsEntry &array : extraArrays)
    if (!startsWith(array.name, "auxact.") ||
        startsWith(array.name, kernelsName))
      return Error::failure("the name of the extra array '" + array.name +
                            "' must start with 'auxact.' and not with '" +
                            kernelsName + "'");
  Metadata metadata = {{formatKey, formatMagic + std::to_string(bundleVersion)},
                       {programKey, toJson(spec)}};
  for (size_t i = 0; i < libraries.size(); ++i) {
    auto bytes = static_cast<int64_t>(libraries[i].size());
    std::string name = libraryName(i);
    arrays.push_back({name, "U8", {bytes}, libraries[i].data(), bytes});
    metadata[name] = checksum(libraries[i]);
  }
  std::vector<std::vector<char>> values;
  for (const StateSpec &state : spec.state) {
    std::vector<char> &bytes = values.emplace_back(state.bytes);
    if (Error error = program.readState(state.name, bytes.data()))
      return error;
    arrays.push_back({state.name, safetensorsName(state.dtype), state.shape,
                      bytes.data(), state.bytes});
  }
  return writeSafetensors(path, arrays, metadata);
}

static Error checkFormat(const std::string &path, const Metadata &metadata) {
  auto format = metadata.find(formatKey);
  const std::string magic = formatMagic;
  if (format == metadata.end() || format->second.rfind(magic, 0) != 0)
    return Error::failure("'" + path +
                          "' is a safetensors file, but not a bundle of "
                          "auxact: it has no 'auxact.format'");
  std::string digits = format->second.substr(magic.size());
  char *end = nullptr;
  int64_t version = std::strtoll(digits.c_str(), &end, 10);
  if (digits.empty() || *end != '\0' || version < 1)
    return Error::failure("'" + path + "' has an unknown bundle format, '" +
                          format->second + "'");
  if (version > bundleVersion)
    return Error::failure(
        "'" + path + "' was written by a newer auxact: " + "bundle version " +
        std::to_string(version) + ", this build reads up to " +
        std::to_string(bundleVersion));
  return Error::success();
}

/// Finds an array of the state and checks that it fits its description.
static Expected<const SafetensorsFile::Array *>
findState(const std::string &path, const SafetensorsFile &file,
          const StateSpec &state) {
  const SafetensorsFile::Array *array = file.find(state.name);
  if (!array)
    return Error::failure("'" + path + "' lacks the array '" + state.name +
                          "' of the program's state");
  if (array->dtype != safetensorsName(state.dtype) ||
      array->shape != state.shape || array->bytes != state.bytes)
    return Error::failure("'" + path + "': the array '" + state.name +
                          "' does not fit the program, which expects " +
                          describeArray(state.dtype, state.shape));
  return array;
}

/// Reads all libraries and checks them.
static Error readLibraries(const std::string &path, const SafetensorsFile &file,
                           KernelLibraries &libraries) {
  for (size_t i = 0;; ++i) {
    std::string name = libraryName(i);
    const SafetensorsFile::Array *array = file.find(name);
    if (!array && i > 0)
      return Error::success();
    if (!array)
      return Error::failure("'" + path + "' has no '" + name + "'");
    std::vector<char> &bytes = libraries.emplace_back(array->bytes);
    if (Error error = file.read(*array, bytes.data()))
      return error;
    auto expected = file.getMetadata().find(name);
    if (expected == file.getMetadata().end() ||
        expected->second != checksum(bytes))
      return Error::failure("the kernels in '" + path +
                            "' are damaged: their checksum does not match");
  }
}

/// The functions of all kernels, in the order of the program's table.
static Expected<std::vector<KernelCode>>
findKernels(const std::string &path,
            const std::vector<std::shared_ptr<SharedObject>> &code,
            const ProgramSpec &spec) {
  std::vector<KernelCode> functions;
  for (const KernelSpec &kernel : spec.kernels) {
    void *address = nullptr;
    for (const auto &library : code)
      if (!address)
        address = library->lookup(kernel.symbol);
    if (!address)
      return Error::failure("'" + path + "' lacks the kernel '" +
                            kernel.symbol + "'");
    functions.push_back(reinterpret_cast<KernelFunction>(address));
  }
  return functions;
}

Expected<Bundle> loadBundle(const std::string &path,
                            const ProgramOptions &options) {
  Expected<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  const Metadata &metadata = file->getMetadata();
  if (Error error = checkFormat(path, metadata))
    return error;
  auto text = metadata.find(programKey);
  if (text == metadata.end())
    return Error::failure("'" + path + "' has no 'auxact.program'");
  Expected<ProgramSpec> spec = programFromJson(text->second);
  if (!spec)
    return Error::failure("'" + path + "': " + spec.message());
  std::string missing = missingCpuFeatures(spec->features);
  if (!missing.empty())
    return Error::failure("'" + path + "' was compiled for target '" +
                          spec->target + "', but this CPU lacks " + missing);

  Bundle bundle;
  if (Error error = readLibraries(path, *file, bundle.libraries))
    return error;

  // All arrays are found before the code is loaded or memory is taken.
  std::vector<std::pair<std::string, const SafetensorsFile::Array *>> state;
  for (const StateSpec &array : spec->state) {
    auto found = findState(path, *file, array);
    if (!found)
      return found.takeError();
    state.emplace_back(array.name, *found);
  }
  for (const std::vector<char> &library : bundle.libraries) {
    auto code = SharedObject::open(library, path);
    if (!code)
      return code.takeError();
    bundle.code.push_back(std::move(*code));
  }
  auto functions = findKernels(path, bundle.code, *spec);
  if (!functions)
    return functions.takeError();
  auto program = Program::create(std::move(*spec), *functions, options);
  if (!program)
    return Error::failure("'" + path + "': " + program.message());
  bundle.program = std::move(*program);
  for (auto [name, array] : state) {
    std::vector<char> bytes(array->bytes);
    if (Error error = file->read(*array, bytes.data()))
      return error;
    const StateSpec *described = bundle.program->findState(name);
    ArrayView view{bytes.data(), described->dtype, described->shape.data(),
                   static_cast<int64_t>(described->shape.size()), nullptr};
    if (Error error = bundle.program->writeState(name, view))
      return error;
  }
  for (const auto &[name, array] : file->getArrays()) {
    if (!startsWith(name, "auxact.") || startsWith(name, kernelsName) ||
        bundle.program->findState(name))
      continue;
    std::vector<char> &bytes = bundle.extraArrays[name];
    bytes.resize(array.bytes);
    if (Error error = file->read(array, bytes.data()))
      return error;
  }
  return Expected<Bundle>(std::move(bundle));
}

} // namespace auxact::runtime
