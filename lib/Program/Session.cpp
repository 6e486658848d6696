//===- Session.cpp - A model, its compiled entries and its state ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A model, its compiled entries and its state.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/Session.h"

#include "CompileForBundle.h"
#include "EntryCompiler.h"

#include "auxact/Dialect/AuxAct/Transforms/StateNames.h"
#include "auxact/Pipelines/Pipelines.h"
#include "auxact/Program/Jit.h"
#include "auxact/Program/Linker.h"
#include "auxact/Runtime/Bundle.h"

#include "llvm/ADT/StringExtras.h"

#include <random>
#include <thread>

using namespace mlir;
using namespace mlir::auxact;
namespace runtime = ::auxact::runtime;

struct Session::Implementation {
  SessionOptions options;
  std::string modelText, fileName;
  int64_t batch = 0;
  /// Made on first use after a bundle was loaded.
  std::unique_ptr<EntryCompiler> compiler;
  std::unique_ptr<Jit> jit;
  /// Code of a loaded bundle; outlives the program.
  std::vector<std::shared_ptr<runtime::SharedObject>> bundleCode;
  /// The same code as bytes, for saving again.
  runtime::KernelLibraries bundleLibraries;
  std::unique_ptr<runtime::Program> program;
  /// The same program for the other targets of that bundle.
  std::vector<runtime::BundleTarget> others;
  /// Compile times of other targets.
  std::string otherReports;
  /// Objects of a host's kernels compiled here, by symbol.
  std::map<std::string, CompiledKernel> objects;

  llvm::Expected<EntryCompiler *> getCompiler();
  llvm::Expected<KernelFunction> link(const CompiledKernel &kernel);
  llvm::Error compile(llvm::StringRef kind, int64_t rows);
  llvm::Error start();
  llvm::Error addTarget(const std::string &target, llvm::StringRef mainEntry);
};

namespace {

llvm::Error convert(runtime::Error error) {
  if (error)
    return llvm::createStringError(error.message());
  return llvm::Error::success();
}

/// Entries are known to the runtime by kind and batch.
std::string getKey(llvm::StringRef kind, int64_t batch) {
  return (kind + "@" + llvm::Twine(batch)).str();
}

/// Names under which a bundle keeps what the compiler needs.
constexpr llvm::StringLiteral modelKey = "model";
constexpr llvm::StringLiteral fileKey = "file";
constexpr llvm::StringLiteral optionsKey = "options";
constexpr llvm::StringLiteral batchKey = "batch";

} // namespace

Session::Session() : implementation(std::make_unique<Implementation>()) {}
Session::~Session() = default;

llvm::StringRef Session::getMainEntry() const {
  return implementation->options.optimizer.empty() ? "gradients" : "step";
}

runtime::Program &Session::getProgram() { return *implementation->program; }

const SessionOptions &Session::getOptions() const {
  return implementation->options;
}

int64_t Session::getBatch() const { return implementation->batch; }

llvm::Expected<EntryCompiler *> Session::Implementation::getCompiler() {
  if (!compiler) {
    llvm::Expected<std::unique_ptr<EntryCompiler>> made =
        EntryCompiler::create(modelText, fileName, options);
    if (!made)
      return made.takeError();
    compiler = std::move(*made);
  }
  return compiler.get();
}

llvm::Expected<KernelFunction>
Session::Implementation::link(const CompiledKernel &kernel) {
  if (!jit) {
    llvm::Expected<std::unique_ptr<Jit>> made = Jit::create();
    if (!made)
      return made.takeError();
    jit = std::move(*made);
  }
  return jit->link(kernel);
}

llvm::Error Session::Implementation::compile(llvm::StringRef kind,
                                             int64_t rows) {
  llvm::Expected<EntryCompiler *> entryCompiler = getCompiler();
  if (!entryCompiler)
    return entryCompiler.takeError();
  llvm::Expected<CompiledEntry> entry =
      (*entryCompiler)->compile(kind, rows, program->getSpec().state);
  if (!entry)
    return entry.takeError();
  bool onDevice = (*entryCompiler)->getTarget().isDevice();
  std::vector<runtime::KernelSpec> specs;
  std::vector<runtime::KernelCode> code;
  for (CompiledKernel &kernel : entry->kernels) {
    specs.push_back(
        {kernel.symbol, kernel.tasks, kernel.workspaceBytes, kernel.grids});
    if (onDevice) {
      code.emplace_back(std::move(kernel.images));
      continue;
    }
    llvm::Expected<KernelFunction> function = link(kernel);
    if (!function)
      return function.takeError();
    code.push_back(*function);
    objects.emplace(kernel.symbol, std::move(kernel));
  }
  return convert(program->addEntry(getKey(kind, rows), std::move(entry->spec),
                                   specs, code));
}

/// From a compiler to a program with its main entry.
llvm::Error Session::Implementation::start() {
  llvm::Expected<EntryCompiler *> entryCompiler = getCompiler();
  if (!entryCompiler)
    return entryCompiler.takeError();
  batch = (*entryCompiler)->getBatch();
  llvm::StringRef kind = options.optimizer.empty() ? "gradients" : "step";
  llvm::Expected<runtime::ProgramSpec> spec = (*entryCompiler)->describe(kind);
  if (!spec)
    return spec.takeError();
  spec->extra = {{modelKey.str(), modelText},
                 {fileKey.str(), fileName},
                 {optionsKey.str(), options.toJson()},
                 {batchKey.str(), std::to_string(batch)}};
  runtime::ProgramOptions programOptions;
  programOptions.threads =
      (*entryCompiler)->getTarget().limitThreads(options.threads);
  programOptions.device = options.device;
  auto made = runtime::Program::create(std::move(*spec), {}, programOptions);
  if (!made)
    return convert(made.takeError());
  program = std::move(*made);
  return compile(kind, batch);
}

llvm::Expected<std::unique_ptr<Session>>
Session::create(llvm::StringRef modelText, llvm::StringRef fileName,
                const SessionOptions &options) {
  std::unique_ptr<Session> session(new Session);
  Implementation &impl = *session->implementation;
  impl.options = options;
  if (impl.options.threads <= 0)
    impl.options.threads = std::max(1u, std::thread::hardware_concurrency());
  impl.modelText = modelText.str();
  impl.fileName = fileName.str();
  if (llvm::Error error = impl.start())
    return std::move(error);
  return session;
}

llvm::Expected<std::unique_ptr<Session>>
Session::load(llvm::StringRef path,
              const runtime::ProgramOptions &programOptions) {
  auto bundle = runtime::loadBundle(path.str(), programOptions);
  if (!bundle)
    return convert(bundle.takeError());
  std::unique_ptr<Session> session(new Session);
  Implementation &impl = *session->implementation;
  impl.bundleCode = std::move(bundle->code);
  impl.bundleLibraries = std::move(bundle->libraries);
  impl.others = std::move(bundle->others);
  impl.program = std::move(bundle->program);
  const std::map<std::string, std::string> &extra =
      impl.program->getSpec().extra;
  auto get = [&](llvm::StringRef key) {
    auto it = extra.find(key.str());
    return it == extra.end() ? std::string() : it->second;
  };
  impl.modelText = get(modelKey);
  impl.fileName = get(fileKey);
  llvm::StringRef(get(batchKey)).getAsInteger(10, impl.batch);
  llvm::Expected<SessionOptions> options = SessionOptions::fromJson(
      get(optionsKey).empty() ? "{}" : get(optionsKey));
  if (!options)
    return options.takeError();
  impl.options = *options;
  impl.options.target = impl.program->getSpec().target;
  impl.options.device = programOptions.device;
  if (programOptions.threads > 0)
    impl.options.threads = programOptions.threads;
  return session;
}

llvm::Expected<const runtime::EntrySpec *> Session::entry(llvm::StringRef kind,
                                                          int64_t batch) {
  int64_t rows = batch > 0 ? batch : implementation->batch;
  std::string key = getKey(kind, rows);
  if (!implementation->program->findEntry(key)) {
    const SessionOptions &options = implementation->options;
    if (!llvm::is_contained(getEntryKinds(), kind))
      return llvm::createStringError("unknown entry '" + kind.str() +
                                     "'; expected " +
                                     llvm::join(getEntryKinds(), ", "));
    if (kind == "step" && options.optimizer.empty())
      return llvm::createStringError(
          "the program has no step: it was compiled without an optimizer");
    if (kind == "accumulate" &&
        (options.optimizer.empty() || !options.accumulate))
      return llvm::createStringError(
          "the program keeps no sums of gradients: it was compiled without "
          "accumulation");
    if (kind.ends_with("_average") &&
        (options.optimizer.empty() || options.averageDecay == 0.0))
      return llvm::createStringError(
          "the program keeps no averages of its parameters: it was compiled "
          "without a decay for them");
    if (llvm::Error error = implementation->compile(kind, rows))
      return std::move(error);
  }
  return implementation->program->findEntry(key);
}

llvm::Error Session::run(llvm::StringRef kind, int64_t batch,
                         const std::vector<runtime::ArrayView> &inputs,
                         const std::map<std::string, double> &scalars,
                         const runtime::RunOptions &options) {
  llvm::Expected<const runtime::EntrySpec *> spec = entry(kind, batch);
  if (!spec)
    return spec.takeError();
  std::vector<double> values;
  for (const runtime::ScalarSpec &scalar : (*spec)->scalars) {
    if (scalar.value) {
      values.push_back(*scalar.value);
      continue;
    }
    auto it = scalars.find(scalar.name);
    if (it == scalars.end())
      return llvm::createStringError("the entry '" + kind.str() +
                                     "' needs the scalar '" + scalar.name +
                                     "'");
    values.push_back(it->second);
  }
  return convert(implementation->program->run(getKey(kind, (*spec)->batch),
                                              inputs, values, options));
}

const void *Session::outputData(llvm::StringRef kind, int64_t batch,
                                size_t index) {
  int64_t rows = batch > 0 ? batch : implementation->batch;
  return implementation->program->outputData(getKey(kind, rows), index);
}

llvm::Error Session::readOutput(llvm::StringRef kind, int64_t batch,
                                size_t index, void *destination) {
  int64_t rows = batch > 0 ? batch : implementation->batch;
  return convert(implementation->program->readOutput(getKey(kind, rows), index,
                                                     destination));
}

llvm::Expected<runtime::DLManagedTensor *>
Session::shareOutput(llvm::StringRef kind, int64_t batch, size_t index) {
  int64_t rows = batch > 0 ? batch : implementation->batch;
  auto shared = implementation->program->shareOutput(getKey(kind, rows), index);
  if (!shared)
    return convert(shared.takeError());
  return *shared;
}

llvm::Expected<std::string> Session::printIR(llvm::StringRef stage,
                                             llvm::StringRef kind) {
  llvm::Expected<EntryCompiler *> compiler = implementation->getCompiler();
  if (!compiler)
    return compiler.takeError();
  return (*compiler)->printIR(stage, kind.empty() ? getMainEntry() : kind);
}

void Session::initialize(uint64_t seed) {
  llvm::Expected<EntryCompiler *> compiler = implementation->getCompiler();
  if (!compiler)
    return llvm::consumeError(compiler.takeError());
  std::mt19937_64 generator(seed);
  for (auto &[name, bound] : (*compiler)->getInitBounds()) {
    const runtime::StateSpec *spec = implementation->program->findState(name);
    if (!spec || spec->dtype != runtime::DType::f32)
      continue;
    std::vector<float> values(spec->bytes / 4);
    // By hand: std::uniform_real_distribution differs between libraries.
    for (float &value : values)
      value = bound * (2.0 * ((generator() >> 11) * 0x1.0p-53) - 1.0);
    runtime::ArrayView view{values.data(), spec->dtype, spec->shape.data(),
                            static_cast<int64_t>(spec->shape.size()), nullptr};
    // On a device, whatever failed shows again in the next run.
    (void)static_cast<bool>(implementation->program->writeState(name, view));
  }
  (void)static_cast<bool>(restartAverages());
}

runtime::Error Session::restartAverages() {
  runtime::Program &program = *implementation->program;
  for (const runtime::StateSpec &average : program.getSpec().state) {
    llvm::StringRef name = average.name;
    if (average.kind != "optimizer" || !name.consume_back(averageSuffix))
      continue;
    std::vector<char> values(average.bytes);
    if (runtime::Error error = program.readState(name.str(), values.data()))
      return error;
    runtime::ArrayView view{values.data(), average.dtype, average.shape.data(),
                            static_cast<int64_t>(average.shape.size()),
                            nullptr};
    if (runtime::Error error = program.writeState(average.name, view))
      return error;
  }
  return runtime::Error::success();
}

/// Compiles all entries for one more target of the bundle.
llvm::Error Session::Implementation::addTarget(const std::string &target,
                                               llvm::StringRef mainEntry) {
  SessionOptions targetOptions = options;
  targetOptions.target = target;
  llvm::Expected<std::unique_ptr<EntryCompiler>> made =
      EntryCompiler::create(modelText, fileName, targetOptions);
  if (!made)
    return made.takeError();
  llvm::Expected<runtime::BundleTarget> compiled =
      compileForBundle(**made, mainEntry, program->getSpec());
  if (!compiled)
    return compiled.takeError();
  otherReports += "target " + target + "\n" + (*made)->getReport();
  llvm::erase_if(others, [&](const runtime::BundleTarget &other) {
    return other.spec.target == target;
  });
  others.push_back(std::move(*compiled));
  return llvm::Error::success();
}

llvm::Error Session::addTargets(llvm::ArrayRef<std::string> targets) {
  for (const std::string &target : targets)
    if (target != implementation->options.target)
      if (llvm::Error error = implementation->addTarget(target, getMainEntry()))
        return error;
  return llvm::Error::success();
}

llvm::Error Session::save(llvm::StringRef path) {
  Implementation &impl = *implementation;
  // Whoever loads another target goes on from here as well.
  for (runtime::BundleTarget &other : impl.others) {
    SessionOptions targetOptions = impl.options;
    targetOptions.target = other.spec.target;
    other.spec.extra = impl.program->getSpec().extra;
    other.spec.extra[optionsKey.str()] = targetOptions.toJson();
  }
  // Kernels that came with a bundle stay in its libraries; what was compiled
  // here becomes one more.
  runtime::KernelLibraries libraries = impl.bundleLibraries;
  std::vector<CompiledKernel> kernels;
  for (const runtime::KernelSpec &kernel : impl.program->getSpec().kernels)
    if (auto it = impl.objects.find(kernel.symbol); it != impl.objects.end())
      kernels.push_back(it->second);
  if (!kernels.empty()) {
    llvm::Expected<std::vector<char>> code = linkSharedObject(kernels);
    if (!code)
      return code.takeError();
    libraries.push_back(std::move(*code));
  }
  return convert(runtime::saveBundle(path.str(), *impl.program, libraries,
                                     /*extraArrays=*/{}, impl.others));
}

std::string Session::takeWarnings() {
  return implementation->compiler ? implementation->compiler->takeWarnings()
                                  : std::string();
}

std::string Session::getCompileReport() const {
  std::string own = implementation->compiler
                        ? implementation->compiler->getReport()
                        : std::string();
  return own + implementation->otherReports;
}
