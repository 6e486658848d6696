//===- Session.cpp - Sessions for Python ----------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Whatever may take long runs without the interpreter's lock. A lock of each
// session's own, taken only while the interpreter's is not held, keeps two
// Python threads from one arena.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/Session.h"
#include "Errors.h"
#include "Module.h"
#include "SharedArray.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <mutex>

namespace nb = nanobind;
using namespace auxact::runtime;
using auxact::python::raise;
using auxact::python::unwrap;
using mlir::auxact::Session;
using mlir::auxact::SessionOptions;

/// On the host or a device.
using InputArray = nb::ndarray<nb::ro, nb::c_contig>;
using OutputArray = nb::ndarray<nb::numpy>;

namespace {

nb::dlpack::dtype toDlpack(DType dtype) {
  switch (dtype) {
  case DType::f32:
    return nb::dtype<float>();
  case DType::bf16:
    // NumPy has no such type; the bits.
    return nb::dtype<uint16_t>();
  case DType::f64:
    return nb::dtype<double>();
  case DType::i32:
    return nb::dtype<int32_t>();
  case DType::i64:
    return nb::dtype<int64_t>();
  case DType::i8:
    return nb::dtype<int8_t>();
  }
  return nb::dtype<float>();
}

DType fromDlpack(nb::dlpack::dtype dtype) {
  for (DType known :
       {DType::f32, DType::f64, DType::i32, DType::i64, DType::i8})
    if (dtype == toDlpack(known))
      return known;
  throw nb::type_error("auxact: an array of an element type that no program "
                       "takes reached the compiled half");
}

ArrayView viewOf(const InputArray &array) {
  return {array.data(), fromDlpack(array.dtype()), array.shape_ptr(),
          static_cast<int64_t>(array.ndim())};
}

OutputArray arrayOf(void *data, DType dtype, const std::vector<int64_t> &shape,
                    nb::handle owner) {
  std::vector<size_t> sizes(shape.begin(), shape.end());
  return OutputArray(data, sizes.size(), sizes.data(), owner,
                     /*strides=*/nullptr, toDlpack(dtype));
}

/// Memory that an array frees with itself.
nb::capsule owned(std::unique_ptr<char[]> bytes) {
  return nb::capsule(bytes.release(),
                     [](void *data) noexcept { delete[] (char *)data; });
}

std::string stateJson(const ProgramSpec &spec) {
  // The whole program's JSON has the state's; the launches would be waste.
  ProgramSpec state;
  state.state = spec.state;
  state.stateBytes = spec.stateBytes;
  return toJson(state);
}

class PySession {
  template <typename Make>
  static std::unique_ptr<PySession> wrap(const char *kind, Make make) {
    llvm::Expected<std::unique_ptr<Session>> made = [&] {
      nb::gil_scoped_release release;
      return make();
    }();
    if (!made)
      raise(kind, made.takeError());
    return std::make_unique<PySession>(std::move(*made));
  }

  template <typename Work>
  auto locked(Work work) {
    nb::gil_scoped_release release;
    std::lock_guard<std::mutex> lock(mutex);
    return work();
  }

  Program &program() { return session->getProgram(); }

  std::unique_ptr<Session> session;
  std::mutex mutex;

public:
  explicit PySession(std::unique_ptr<Session> session)
      : session(std::move(session)) {}

  static std::unique_ptr<PySession> create(const std::string &text,
                                           const std::string &fileName,
                                           const std::string &options) {
    SessionOptions parsed =
        unwrap("compile", SessionOptions::fromJson(options));
    return wrap("compile",
                [&] { return Session::create(text, fileName, parsed); });
  }

  static std::unique_ptr<PySession> load(const std::string &path,
                                         int64_t threads,
                                         const std::string &target,
                                         int64_t device) {
    ProgramOptions options;
    options.threads = threads;
    options.target = target;
    options.device = device;
    return wrap("bundle", [&] { return Session::load(path, options); });
  }

  std::string entrySpec(const std::string &kind, int64_t batch) {
    llvm::Expected<std::string> text =
        locked([&]() -> llvm::Expected<std::string> {
          llvm::Expected<const EntrySpec *> entry = session->entry(kind, batch);
          if (!entry)
            return entry.takeError();
          return toJson(**entry);
        });
    return unwrap("compile", std::move(text));
  }

  nb::dict run(const std::string &kind, int64_t batch,
               const std::vector<InputArray> &inputs,
               const std::map<std::string, double> &scalars, bool copy,
               bool checkLoss, int64_t step) {
    std::vector<ArrayView> views;
    for (const InputArray &input : inputs)
      views.push_back(viewOf(input));
    RunOptions options;
    options.checkLoss = checkLoss;
    options.step = step;

    std::vector<OutputSpec> outputs;
    std::vector<void *> data; // null: stays on the device
    std::vector<std::unique_ptr<char[]>> copies;
    bool onDevice = isDeviceTarget(session->getOptions().target);
    llvm::Error error = locked([&]() -> llvm::Error {
      llvm::Expected<const EntrySpec *> entry = session->entry(kind, batch);
      if (!entry)
        return entry.takeError();
      if (llvm::Error error =
              session->run(kind, batch, views, scalars, options))
        return error;
      outputs = (*entry)->outputs;
      copies.resize(outputs.size());
      for (size_t i = 0; i < outputs.size(); ++i) {
        // Without a copy: a view on the host, and on a device nothing but
        // single numbers.
        if (!copy && !(onDevice && outputs[i].shape.empty())) {
          data.push_back(onDevice ? nullptr
                                  : const_cast<void *>(
                                        session->outputData(kind, batch, i)));
          continue;
        }
        copies[i].reset(new char[std::max<int64_t>(outputs[i].bytes, 1)]);
        if (llvm::Error error =
                session->readOutput(kind, batch, i, copies[i].get()))
          return error;
        data.push_back(copies[i].get());
      }
      return llvm::Error::success();
    });
    if (error)
      raise("run", std::move(error));

    nb::dict result;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!data[i]) {
        result[outputs[i].name.c_str()] = nb::none();
        continue;
      }
      nb::object owner =
          copies[i] ? nb::object(owned(std::move(copies[i]))) : nb::find(this);
      result[outputs[i].name.c_str()] =
          arrayOf(data[i], outputs[i].dtype, outputs[i].shape, owner).cast();
    }
    return result;
  }

  OutputArray readOutput(const std::string &kind, int64_t batch, size_t index) {
    const OutputSpec *spec = nullptr;
    std::unique_ptr<char[]> bytes;
    llvm::Error error = locked([&]() -> llvm::Error {
      llvm::Expected<const EntrySpec *> entry = session->entry(kind, batch);
      if (!entry)
        return entry.takeError();
      spec = &(*entry)->outputs.at(index);
      bytes.reset(new char[std::max<int64_t>(spec->bytes, 1)]);
      return session->readOutput(kind, batch, index, bytes.get());
    });
    if (error)
      raise("run", std::move(error));
    void *data = bytes.get();
    return arrayOf(data, spec->dtype, spec->shape, owned(std::move(bytes)));
  }

  nb::tuple shareOutput(const std::string &kind, int64_t batch, size_t index) {
    return auxact::python::describeShared(unwrap(
        "run",
        locked([&] { return session->shareOutput(kind, batch, index); })));
  }

  nb::tuple shareState(const std::string &name) {
    auto shared = locked([&] { return program().shareState(name); });
    if (!shared)
      raise("run", shared.message());
    return auxact::python::describeShared(*shared);
  }

  int64_t peakBytesOf(const std::string &kind, int64_t batch) {
    return unwrap("compile", locked([&]() -> llvm::Expected<int64_t> {
                    llvm::Expected<const EntrySpec *> entry =
                        session->entry(kind, batch);
                    if (!entry)
                      return entry.takeError();
                    return peakBytes(program().getSpec(), **entry);
                  }));
  }

  std::string stateSpecs() {
    return locked([&] { return stateJson(program().getSpec()); });
  }

  OutputArray getState(const std::string &name) {
    const StateSpec *spec = nullptr;
    std::unique_ptr<char[]> bytes;
    ::auxact::runtime::Error error = locked([&] {
      if (!(spec = program().findState(name)))
        return ::auxact::runtime::Error::success();
      bytes.reset(new char[std::max<int64_t>(spec->bytes, 1)]);
      return program().readState(name, bytes.get());
    });
    if (!spec)
      throw nb::key_error(name.c_str());
    if (error)
      raise("run", error.message());
    void *data = bytes.get();
    return arrayOf(data, spec->dtype, spec->shape, owned(std::move(bytes)));
  }

  void setState(const std::string &name, const InputArray &value) {
    ArrayView view = viewOf(value);
    ::auxact::runtime::Error error =
        locked([&] { return program().writeState(name, view); });
    if (error)
      raise("run", error.message());
  }

  void initialize(uint64_t seed) {
    locked([&] { session->initialize(seed); });
  }

  void restartAverages() {
    ::auxact::runtime::Error error =
        locked([&] { return session->restartAverages(); });
    if (error)
      raise("run", error.message());
  }

  std::string printIR(const std::string &stage, const std::string &kind) {
    return unwrap("compile",
                  locked([&] { return session->printIR(stage, kind); }));
  }

  std::string extra(const std::string &key) {
    return locked([&] {
      const auto &values = program().getSpec().extra;
      auto found = values.find(key);
      return found == values.end() ? std::string() : found->second;
    });
  }

  void setExtra(const std::string &key, const std::string &value) {
    locked([&] { program().setExtra(key, value); });
  }

  void save(const std::string &path, const std::vector<std::string> &targets) {
    if (llvm::Error error =
            locked([&] { return session->addTargets(targets); }))
      raise("compile", std::move(error));
    if (llvm::Error error = locked([&] { return session->save(path); }))
      raise("bundle", std::move(error));
  }

  std::string takeWarnings() {
    return locked([&] { return session->takeWarnings(); });
  }

  std::string compileReport() {
    return locked([&] { return session->getCompileReport(); });
  }

  int64_t allocatedBytes() {
    return locked([&] { return program().allocatedBytes(); });
  }

  std::string options() {
    return locked([&] { return session->getOptions().toJson(); });
  }

  std::string mainEntry() {
    return locked([&] { return session->getMainEntry().str(); });
  }

  int64_t batch() {
    return locked([&] { return session->getBatch(); });
  }
};

} // namespace

void auxact::python::defineSession(nb::module_ &module) {
  nb::class_<PySession>(module, "Session",
                        "A model, its compiled entries and its state.")
      .def("entry_spec", &PySession::entrySpec, nb::arg("entry"),
           nb::arg("batch"))
      .def("run", &PySession::run, nb::arg("entry"), nb::arg("batch"),
           nb::arg("inputs"), nb::arg("scalars"), nb::arg("copy"),
           nb::arg("check_loss") = false, nb::arg("step") = 0)
      .def("read_output", &PySession::readOutput, nb::arg("entry"),
           nb::arg("batch"), nb::arg("index"))
      .def("share_output", &PySession::shareOutput, nb::arg("entry"),
           nb::arg("batch"), nb::arg("index"))
      .def("share_state", &PySession::shareState, nb::arg("name"))
      .def("peak_bytes", &PySession::peakBytesOf, nb::arg("entry"),
           nb::arg("batch"))
      .def("state_specs", &PySession::stateSpecs)
      .def("get_state", &PySession::getState, nb::arg("name"))
      .def("set_state", &PySession::setState, nb::arg("name"), nb::arg("value"))
      .def("initialize", &PySession::initialize, nb::arg("seed"))
      .def("restart_averages", &PySession::restartAverages)
      .def("print_ir", &PySession::printIR, nb::arg("stage"),
           nb::arg("entry") = "")
      .def("extra", &PySession::extra, nb::arg("key"))
      .def("set_extra", &PySession::setExtra, nb::arg("key"), nb::arg("value"))
      .def("save", &PySession::save, nb::arg("path"), nb::arg("targets"))
      .def("take_warnings", &PySession::takeWarnings)
      .def("compile_report", &PySession::compileReport)
      .def("allocated_bytes", &PySession::allocatedBytes)
      .def("options", &PySession::options)
      .def("main_entry", &PySession::mainEntry)
      .def("batch", &PySession::batch);
  module.def("create", &PySession::create, nb::arg("text"),
             nb::arg("file_name"), nb::arg("options"),
             "Compiles a model; the options are a JSON object.");
  module.def("load", &PySession::load, nb::arg("path"), nb::arg("threads"),
             nb::arg("target"), nb::arg("device"), "Opens a bundle.");
}
