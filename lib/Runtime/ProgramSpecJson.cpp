//===- ProgramSpecJson.cpp - Program specifications as JSON ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Written by hand field by field: the reader reports the path of what is
// missing or of a wrong type, which a generated mapping would not.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/ProgramSpec.h"

#include <nlohmann/json.hpp>

namespace auxact::runtime {

using Json = nlohmann::ordered_json;

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static Json write(const Place &place) {
  switch (place.kind) {
  case Place::Arena:
    return {{"arena", place.value}};
  case Place::State:
    return {{"state", place.value}};
  case Place::Input:
    return {{"input", place.value}};
  }
  return {};
}

static Json write(const StateSpec &state) {
  return {{"name", state.name},
          {"kind", state.kind},
          {"dtype", dtypeName(state.dtype)},
          {"shape", state.shape},
          {"offset", state.offset},
          {"bytes", state.bytes},
          {"fill", state.fill}};
}

static Json write(const InputSpec &input) {
  Json json = {{"name", input.name},
               {"dtype", dtypeName(input.dtype)},
               {"shape", input.shape},
               {"bytes", input.bytes},
               {"staging_offset", input.stagingOffset},
               {"classes", input.classes},
               {"label", input.isLabel}};
  if (input.ignored)
    json["ignored"] = *input.ignored;
  return json;
}

static Json write(const ScalarSpec &scalar) {
  Json json = {{"name", scalar.name},
               {"dtype", dtypeName(scalar.dtype)},
               {"offset", scalar.offset}};
  if (scalar.value)
    json["value"] = *scalar.value;
  return json;
}

static Json write(const OutputSpec &output) {
  return {{"name", output.name},
          {"dtype", dtypeName(output.dtype)},
          {"shape", output.shape},
          {"bytes", output.bytes},
          {"place", write(output.place)}};
}

static Json write(const LaunchSpec &launch) {
  Json args = Json::array();
  for (const Place &place : launch.args)
    args.push_back(write(place));
  return {{"kernel", launch.kernel},
          {"args", std::move(args)},
          {"results", launch.results},
          {"workspace_offset", launch.workspaceOffset},
          {"layer", launch.layer}};
}

static Json write(const BufferSpec &buffer) {
  return {{"name", buffer.name},   {"kind", buffer.kind},
          {"bytes", buffer.bytes}, {"offset", buffer.offset},
          {"first", buffer.first}, {"last", buffer.last}};
}

static Json write(const SavedSpec &saved) {
  return {{"layer", saved.layer},
          {"rule", saved.rule},
          {"saved_bytes", saved.savedBytes},
          {"exact_bytes", saved.exactBytes},
          {"shared_with", saved.sharedWith}};
}

template <typename T>
static Json writeList(const std::vector<T> &values) {
  Json list = Json::array();
  for (const T &value : values)
    list.push_back(write(value));
  return list;
}

static Json write(const GridSpec &grid) {
  return {{"function", grid.function},
          {"blocks", grid.blocks},
          {"threads", grid.threads},
          {"shared_bytes", grid.sharedBytes}};
}

static Json write(const KernelSpec &kernel) {
  return {{"symbol", kernel.symbol},
          {"tasks", kernel.tasks},
          {"workspace_bytes", kernel.workspaceBytes},
          {"grids", writeList(kernel.grids)}};
}

static Json write(const EntrySpec &entry) {
  return {{"name", entry.name},
          {"batch", entry.batch},
          {"inputs", writeList(entry.inputs)},
          {"scalars", writeList(entry.scalars)},
          {"outputs", writeList(entry.outputs)},
          {"launches", writeList(entry.launches)},
          {"buffers", writeList(entry.buffers)},
          {"saved", writeList(entry.saved)},
          {"arena_bytes", entry.arenaBytes},
          {"lower_bound_bytes", entry.lowerBoundBytes},
          {"threads", entry.threads}};
}

/// Text from elsewhere may hold bytes that are no UTF-8: replace, never throw.
static std::string dump(const Json &json) {
  return json.dump(1, ' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace);
}

std::string toJson(const ProgramSpec &program) {
  Json entries = Json::object(), extra = Json::object();
  for (const auto &[name, entry] : program.entries)
    entries[name] = write(entry);
  for (const auto &[name, value] : program.extra)
    extra[name] = value;
  Json json = {{"version", program.version},
               {"target", program.target},
               {"features", program.features},
               {"state", writeList(program.state)},
               {"state_bytes", program.stateBytes},
               {"kernels", writeList(program.kernels)},
               {"entries", std::move(entries)},
               {"extra", std::move(extra)}};
  return dump(json);
}

std::string toJson(const EntrySpec &entry) { return dump(write(entry)); }

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// A JSON value, its path for messages, and the first error of the whole read.
/// After an error every getter returns a default, so readers need no checks.
class Reader {
public:
  Reader(const Json &json, std::string path, Error &error)
      : json(json), path(std::move(path)), error(error) {}

  Reader at(const std::string &key) const;
  Reader at(size_t index) const {
    return Reader(json[index], path + "[" + std::to_string(index) + "]", error);
  }
  bool has(const std::string &key) const {
    return json.is_object() && json.contains(key);
  }

  void read(std::string &value) const;
  void read(int64_t &value) const;
  void read(double &value) const;
  void read(bool &value) const;
  void read(DType &value) const;
  void read(std::vector<int64_t> &value) const;
  void read(Place &value) const;
  void read(StateSpec &value) const;
  void read(InputSpec &value) const;
  void read(ScalarSpec &value) const;
  void read(OutputSpec &value) const;
  void read(LaunchSpec &value) const;
  void read(BufferSpec &value) const;
  void read(SavedSpec &value) const;
  void read(int64_t (&value)[3]) const;
  void read(GridSpec &value) const;
  void read(KernelSpec &value) const;
  void read(EntrySpec &value) const;
  void read(ProgramSpec &value) const;

  template <typename T>
  void read(std::vector<T> &values) const {
    if (!expect(json.is_array(), "a list"))
      return;
    values.resize(json.size());
    for (size_t i = 0; i < values.size() && !error; ++i)
      at(i).read(values[i]);
  }

  template <typename T>
  void read(std::map<std::string, T> &values) const {
    if (!expect(json.is_object(), "an object"))
      return;
    for (auto it = json.begin(); it != json.end() && !error; ++it)
      at(it.key()).read(values[it.key()]);
  }

  template <typename T>
  void field(const char *key, T &value) const {
    if (!error)
      at(std::string(key)).read(value);
  }

private:
  void fail(const std::string &message) const {
    if (!error)
      error =
          Error::failure((path.empty() ? "program" : path) + ": " + message);
  }
  bool expect(bool condition, const char *what) const {
    if (error)
      return false;
    if (!condition)
      fail(std::string("expected ") + what + ", got " + describe());
    return condition;
  }
  std::string describe() const {
    if (json.is_null())
      return "nothing";
    if (json.is_structured())
      return json.is_array() ? "a list" : "an object";
    return dump(json);
  }

  const Json &json;
  std::string path;
  Error &error;
};
} // namespace

Reader Reader::at(const std::string &key) const {
  static const Json missing;
  std::string inner = path.empty() ? key : path + "." + key;
  if (!expect(json.is_object(), "an object"))
    return Reader(missing, inner, error);
  auto it = json.find(key);
  if (it != json.end())
    return Reader(*it, inner, error);
  fail("missing key '" + key + "'");
  return Reader(missing, inner, error);
}

void Reader::read(std::string &value) const {
  if (expect(json.is_string(), "a string"))
    value = json.get<std::string>();
}

void Reader::read(int64_t &value) const {
  // An unsigned number beyond int64 would wrap around.
  bool fits = json.is_number_integer() &&
              (!json.is_number_unsigned() ||
               json.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX));
  if (expect(fits, "an integer"))
    value = json.get<int64_t>();
}

void Reader::read(bool &value) const {
  if (expect(json.is_boolean(), "true or false"))
    value = json.get<bool>();
}

void Reader::read(double &value) const {
  if (expect(json.is_number(), "a number"))
    value = json.get<double>();
}

void Reader::read(DType &value) const {
  if (!expect(json.is_string(), "a dtype"))
    return;
  auto name = json.get<std::string>();
  if (auto dtype = parseDType(name))
    value = *dtype;
  else
    fail("unknown dtype '" + name +
         "'; expected f32, bf16, f64, i32, i64 or i8");
}

void Reader::read(std::vector<int64_t> &value) const {
  if (!expect(json.is_array(), "a list of integers"))
    return;
  value.resize(json.size());
  for (size_t i = 0; i < value.size() && !error; ++i)
    at(i).read(value[i]);
}

void Reader::read(Place &value) const {
  static const std::pair<const char *, Place::Kind> kinds[] = {
      {"arena", Place::Arena},
      {"state", Place::State},
      {"input", Place::Input}};
  if (!expect(json.is_object() && json.size() == 1,
              "one of {\"arena\": offset}, {\"state\": offset}, "
              "{\"input\": index}"))
    return;
  for (auto [name, kind] : kinds) {
    if (!has(name))
      continue;
    value.kind = kind;
    return field(name, value.value);
  }
  fail("unknown place '" + json.begin().key() +
       "'; expected arena, state or input");
}

void Reader::read(StateSpec &value) const {
  field("name", value.name);
  field("kind", value.kind);
  field("dtype", value.dtype);
  field("shape", value.shape);
  field("offset", value.offset);
  field("bytes", value.bytes);
  field("fill", value.fill);
}

void Reader::read(InputSpec &value) const {
  field("name", value.name);
  field("dtype", value.dtype);
  field("shape", value.shape);
  field("bytes", value.bytes);
  field("staging_offset", value.stagingOffset);
  field("classes", value.classes);
  // Programs that older versions saved have labels only.
  value.isLabel = value.classes > 0;
  if (has("label"))
    field("label", value.isLabel);
  if (has("ignored"))
    field("ignored", value.ignored.emplace());
}

void Reader::read(ScalarSpec &value) const {
  field("name", value.name);
  field("dtype", value.dtype);
  field("offset", value.offset);
  if (!error && has("value"))
    field("value", value.value.emplace());
}

void Reader::read(OutputSpec &value) const {
  field("name", value.name);
  field("dtype", value.dtype);
  field("shape", value.shape);
  field("bytes", value.bytes);
  field("place", value.place);
}

void Reader::read(LaunchSpec &value) const {
  field("kernel", value.kernel);
  field("args", value.args);
  field("results", value.results);
  field("workspace_offset", value.workspaceOffset);
  field("layer", value.layer);
}

void Reader::read(BufferSpec &value) const {
  field("name", value.name);
  field("kind", value.kind);
  field("bytes", value.bytes);
  field("offset", value.offset);
  field("first", value.first);
  field("last", value.last);
}

void Reader::read(SavedSpec &value) const {
  field("layer", value.layer);
  field("rule", value.rule);
  field("saved_bytes", value.savedBytes);
  field("exact_bytes", value.exactBytes);
  field("shared_with", value.sharedWith);
}

void Reader::read(int64_t (&value)[3]) const {
  if (!expect(json.is_array() && json.size() == 3, "three integers"))
    return;
  for (size_t i = 0; i < 3; ++i)
    at(i).read(value[i]);
}

void Reader::read(GridSpec &value) const {
  field("function", value.function);
  field("blocks", value.blocks);
  field("threads", value.threads);
  field("shared_bytes", value.sharedBytes);
}

void Reader::read(KernelSpec &value) const {
  field("symbol", value.symbol);
  field("tasks", value.tasks);
  field("workspace_bytes", value.workspaceBytes);
  // Programs of version 1 knew no devices.
  if (has("grids"))
    field("grids", value.grids);
}

void Reader::read(EntrySpec &value) const {
  field("name", value.name);
  field("batch", value.batch);
  field("inputs", value.inputs);
  field("scalars", value.scalars);
  field("outputs", value.outputs);
  field("launches", value.launches);
  field("buffers", value.buffers);
  field("saved", value.saved);
  field("arena_bytes", value.arenaBytes);
  field("lower_bound_bytes", value.lowerBoundBytes);
  field("threads", value.threads);
}

void Reader::read(ProgramSpec &value) const {
  // First the version: a newer form may differ in every other key.
  field("version", value.version);
  if (!error && value.version > programVersion)
    fail("written by a newer auxact: program version " +
         std::to_string(value.version) + ", this build reads up to " +
         std::to_string(programVersion));
  if (!error && value.version < 1)
    fail("expected a program version of at least 1, got " +
         std::to_string(value.version));
  // Written again, it is of this build's form.
  value.version = programVersion;
  field("target", value.target);
  field("features", value.features);
  field("state", value.state);
  field("state_bytes", value.stateBytes);
  field("kernels", value.kernels);
  field("entries", value.entries);
  field("extra", value.extra);
}

template <typename T>
static Expected<T> fromJson(const std::string &text) {
  Json json = Json::parse(text, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return Error::failure("the program's description is not valid JSON");
  T value;
  Error error;
  Reader(json, "", error).read(value);
  if (error)
    return error;
  return value;
}

Expected<ProgramSpec> programFromJson(const std::string &text) {
  Expected<ProgramSpec> program = fromJson<ProgramSpec>(text);
  if (!program)
    return program;
  if (Error error = checkProgram(*program))
    return error;
  return program;
}

Expected<EntrySpec> entryFromJson(const std::string &text) {
  return fromJson<EntrySpec>(text);
}

} // namespace auxact::runtime
