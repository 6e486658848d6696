//===- BundleLoad.cpp - A program from one file ---------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "BundleFormat.h"

#include <cstdlib>

namespace auxact::runtime {

static Expected<int64_t> readVersion(const std::string &path,
                                     const Metadata &metadata) {
  auto format = metadata.find(bundle::formatKey);
  const std::string magic = bundle::formatMagic;
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
  return version;
}

/// Finds an array of the state and checks that it fits its description.
static Expected<const SafetensorsFile::Array *>
findState(const std::string &path, const SafetensorsFile &file,
          const StateSpec &state) {
  const SafetensorsFile::Array *array = file.find(state.name);
  if (!array)
    return Error::failure("'" + path + "' lacks the array '" + state.name +
                          "' of the program's state");
  if (array->dtype != bundle::safetensorsName(state.dtype) ||
      array->shape != state.shape || array->bytes != state.bytes)
    return Error::failure("'" + path + "': the array '" + state.name +
                          "' does not fit the program, which expects " +
                          describeArray(state.dtype, state.shape));
  return array;
}

/// Reads an array of code and compares its checksum.
template <typename Bytes>
static Error readCode(const std::string &path, const SafetensorsFile &file,
                      const std::string &name,
                      const SafetensorsFile::Array &array, Bytes &bytes) {
  bytes.resize(array.bytes);
  if (Error error = file.read(array, bytes.data()))
    return error;
  auto expected = file.getMetadata().find(name);
  if (expected != file.getMetadata().end() &&
      expected->second == bundle::checksum(bytes.data(), bytes.size()))
    return Error::success();
  return Error::failure("the kernels in '" + path +
                        "' are damaged: the checksum of '" + name +
                        "' does not match");
}

/// Reads the code of one target: all libraries, or all images.
static Expected<BundleTarget> readTarget(const std::string &path,
                                         const SafetensorsFile &file,
                                         int64_t version, ProgramSpec spec) {
  BundleTarget target;
  target.spec = std::move(spec);
  const std::string &name = target.spec.target;
  if (!isDeviceTarget(name)) {
    for (size_t i = 0;; ++i) {
      std::string library = bundle::libraryName(version, name, i);
      const SafetensorsFile::Array *array = file.find(library);
      if (!array && i > 0)
        return Expected<BundleTarget>(std::move(target));
      if (!array)
        return Error::failure("'" + path + "' has no '" + library + "'");
      if (Error error = readCode(path, file, library, *array,
                                 target.libraries.emplace_back()))
        return error;
    }
  }
  for (const KernelSpec &kernel : target.spec.kernels) {
    std::vector<KernelImage> images;
    for (const char *format : bundle::imageFormats) {
      std::string image = bundle::imageName(name, kernel.symbol, format);
      const SafetensorsFile::Array *array = file.find(image);
      if (!array)
        continue;
      images.push_back({format, ""});
      if (Error error =
              readCode(path, file, image, *array, images.back().bytes))
        return error;
    }
    if (images.empty())
      return Error::failure("'" + path + "' lacks the kernel '" +
                            kernel.symbol + "' for the target '" + name + "'");
    target.code.push_back(std::move(images));
  }
  return Expected<BundleTarget>(std::move(target));
}

static Expected<std::vector<ProgramSpec>>
readPrograms(const std::string &path, const Metadata &metadata) {
  std::vector<ProgramSpec> programs;
  for (size_t i = 0;; ++i) {
    auto text = metadata.find(bundle::programKey(i));
    if (text == metadata.end() && i > 0)
      return Expected<std::vector<ProgramSpec>>(std::move(programs));
    if (text == metadata.end())
      return Error::failure("'" + path + "' has no '" + bundle::programKey(i) +
                            "'");
    Expected<ProgramSpec> spec = programFromJson(text->second);
    if (!spec)
      return Error::failure("'" + path + "': " + spec.message());
    programs.push_back(std::move(*spec));
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

/// Opens the chosen target's code and makes its program.
static Error makeProgram(const std::string &path, BundleTarget target,
                         const ProgramOptions &options, Bundle &bundle) {
  std::vector<KernelCode> code = std::move(target.code);
  if (!isDeviceTarget(target.spec.target)) {
    bundle.libraries = std::move(target.libraries);
    for (const std::vector<char> &library : bundle.libraries) {
      auto opened = SharedObject::open(library, path);
      if (!opened)
        return opened.takeError();
      bundle.code.push_back(std::move(*opened));
    }
    auto functions = findKernels(path, bundle.code, target.spec);
    if (!functions)
      return functions.takeError();
    code = std::move(*functions);
  }
  auto program =
      Program::create(std::move(target.spec), std::move(code), options);
  if (!program)
    return Error::failure("'" + path + "': " + program.message());
  bundle.program = std::move(*program);
  return Error::success();
}

static Error readState(const SafetensorsFile &file,
                       const SafetensorsFile::Array &array,
                       const std::string &name, Program &program) {
  std::vector<char> bytes(array.bytes);
  if (Error error = file.read(array, bytes.data()))
    return error;
  const StateSpec &state = *program.findState(name);
  return program.writeState(
      name, {bytes.data(), state.dtype, state.shape.data(),
             static_cast<int64_t>(state.shape.size()), nullptr});
}

Expected<Bundle> loadBundle(const std::string &path,
                            const ProgramOptions &options) {
  Expected<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  Expected<int64_t> version = readVersion(path, file->getMetadata());
  if (!version)
    return version.takeError();
  auto programs = readPrograms(path, file->getMetadata());
  if (!programs)
    return programs.takeError();
  Expected<size_t> chosen = bundle::chooseTarget(*programs, options);
  if (!chosen)
    return Error::failure("'" + path + "' " + chosen.message());

  // All arrays are found before the code is loaded or memory is taken.
  std::vector<std::pair<std::string, const SafetensorsFile::Array *>> state;
  for (const StateSpec &array : (*programs)[*chosen].state) {
    auto found = findState(path, *file, array);
    if (!found)
      return found.takeError();
    state.emplace_back(array.name, *found);
  }
  Bundle bundle;
  BundleTarget own;
  for (size_t i = 0; i < programs->size(); ++i) {
    auto target = readTarget(path, *file, *version, std::move((*programs)[i]));
    if (!target)
      return target.takeError();
    if (i == *chosen)
      own = std::move(*target);
    else
      bundle.others.push_back(std::move(*target));
  }
  if (Error error = makeProgram(path, std::move(own), options, bundle))
    return error;
  for (auto [name, array] : state)
    if (Error error = readState(*file, *array, name, *bundle.program))
      return error;
  for (const auto &[name, array] : file->getArrays()) {
    if (name.rfind("auxact.", 0) != 0 || bundle::isCode(name) ||
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
