//===- Bundle.cpp - Saving a program in one file --------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "BundleFormat.h"

#include <algorithm>
#include <set>

namespace auxact::runtime {

const char *bundle::safetensorsName(DType dtype) {
  switch (dtype) {
  case DType::f32:
    return "F32";
  case DType::bf16:
    return "BF16";
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

std::string bundle::checksum(const char *bytes, size_t count) {
  uint64_t hash = 14695981039346656037ULL;
  for (size_t i = 0; i < count; ++i)
    hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 1099511628211ULL;
  return std::to_string(hash);
}

namespace {
/// What goes into the file.
struct Contents {
  std::vector<SafetensorsEntry> arrays;
  Metadata metadata;

  void addCode(const std::string &name, const char *data, size_t size) {
    auto bytes = static_cast<int64_t>(size);
    arrays.push_back({name, "U8", {bytes}, data, bytes});
    metadata[name] = bundle::checksum(data, size);
  }
};
} // namespace

static Error addTarget(Contents &contents, size_t index,
                       const ProgramSpec &spec,
                       const KernelLibraries &libraries,
                       const std::vector<KernelCode> &code) {
  contents.metadata[bundle::programKey(index)] = toJson(spec);
  if (!isDeviceTarget(spec.target)) {
    for (size_t i = 0; i < libraries.size(); ++i)
      contents.addCode(bundle::libraryName(bundleVersion, spec.target, i),
                       libraries[i].data(), libraries[i].size());
    return Error::success();
  }
  for (size_t i = 0; i < spec.kernels.size(); ++i) {
    if (i >= code.size() || !code[i].images || code[i].images->empty())
      return Error::failure("kernel '" + spec.kernels[i].symbol +
                            "' has no image for the target '" + spec.target +
                            "'");
    for (const KernelImage &image : *code[i].images)
      contents.addCode(
          bundle::imageName(spec.target, spec.kernels[i].symbol, image.format),
          image.bytes.data(), image.bytes.size());
  }
  return Error::success();
}

/// All targets read and write the same arrays, wherever each has them.
static Error checkSameState(const ProgramSpec &first,
                            const ProgramSpec &other) {
  std::string message = "the targets '" + first.target + "' and '" +
                        other.target + "' cannot be in one bundle: ";
  if (first.target == other.target)
    return Error::failure(message + "they are the same");
  if (first.state.size() != other.state.size())
    return Error::failure(
        message + "one has " + std::to_string(first.state.size()) +
        " arrays of state, the other " + std::to_string(other.state.size()));
  for (const StateSpec &state : first.state) {
    auto same = std::find_if(other.state.begin(), other.state.end(),
                             [&](const StateSpec &candidate) {
                               return candidate.name == state.name &&
                                      candidate.dtype == state.dtype &&
                                      candidate.shape == state.shape;
                             });
    if (same == other.state.end())
      return Error::failure(message + "only the first has the state '" +
                            state.name + "', " +
                            describeArray(state.dtype, state.shape));
  }
  return Error::success();
}

Error saveBundle(const std::string &path, const Program &program,
                 const KernelLibraries &libraries,
                 const std::vector<SafetensorsEntry> &extraArrays,
                 const std::vector<BundleTarget> &others) {
  const ProgramSpec &spec = program.getSpec();
  for (const SafetensorsEntry &array : extraArrays)
    if (array.name.rfind("auxact.", 0) != 0 || bundle::isCode(array.name))
      return Error::failure("the name of the extra array '" + array.name +
                            "' must start with 'auxact.', and not with '" +
                            bundle::codePrefix + "' or '" +
                            bundle::oldCodePrefix + "'");
  Contents contents;
  contents.arrays = extraArrays;
  contents.metadata[bundle::formatKey] =
      bundle::formatMagic + std::to_string(bundleVersion);
  if (Error error = addTarget(contents, 0, spec, libraries, program.getCode()))
    return error;
  std::set<std::string> targets = {spec.target};
  for (size_t i = 0; i < others.size(); ++i) {
    if (Error error = checkSameState(spec, others[i].spec))
      return error;
    if (!targets.insert(others[i].spec.target).second)
      return Error::failure("the target '" + others[i].spec.target +
                            "' is given twice");
    if (Error error = addTarget(contents, i + 1, others[i].spec,
                                others[i].libraries, others[i].code))
      return error;
  }
  std::vector<std::vector<char>> values;
  for (const StateSpec &state : spec.state) {
    std::vector<char> &bytes = values.emplace_back(state.bytes);
    if (Error error = program.readState(state.name, bytes.data()))
      return error;
    contents.arrays.push_back({state.name, bundle::safetensorsName(state.dtype),
                               state.shape, bytes.data(), state.bytes});
  }
  return writeSafetensors(path, contents.arrays, contents.metadata);
}

} // namespace auxact::runtime
