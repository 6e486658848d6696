//===- aux-run.cpp - Train or evaluate a model on arrays ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Train or evaluate a .mlir model on arrays from .npz and .npy files, and print
// loss and memory; or compile it for other machines.
//
//===----------------------------------------------------------------------===//

#include "Runner.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir::auxact;
namespace cl = llvm::cl;

static cl::OptionCategory category("Options of aux-run");

static cl::opt<std::string> model(cl::Positional, cl::desc("<model.mlir>"),
                                  cl::cat(category));
static cl::list<std::string>
    data("data",
         cl::desc("Arrays by the names of the model's inputs: .npz, or "
                  "a .npy that is named after its input"),
         cl::CommaSeparated, cl::cat(category));
static cl::list<std::string>
    testData("test-data", cl::desc("Arrays to evaluate on after training"),
             cl::CommaSeparated, cl::cat(category));
static cl::opt<bool> evaluateOnly("evaluate",
                                  cl::desc("Evaluate on --data, train nothing"),
                                  cl::cat(category));
static cl::opt<int64_t> epochs("epochs", cl::desc("Passes over --data"),
                               cl::init(1), cl::cat(category));
static cl::opt<int64_t> steps("steps",
                              cl::desc("Stop after so many steps; 0: none"),
                              cl::init(0), cl::cat(category));
static cl::opt<int64_t> logEvery("log-every",
                                 cl::desc("Print the loss of every n-th step"),
                                 cl::init(0), cl::cat(category));
static cl::opt<double> learningRate("lr", cl::desc("Learning rate"),
                                    cl::init(0.01), cl::cat(category));
static cl::opt<std::string>
    loss("loss",
         cl::desc("Loss of a model that has none: cross_entropy or "
                  "mean_squared_error"),
         cl::cat(category));
static cl::opt<double> labelSmoothing("label-smoothing",
                                      cl::desc("Smoothing of cross_entropy"),
                                      cl::init(0.0), cl::cat(category));
static cl::opt<std::string> optimizer("optimizer",
                                      cl::desc("sgd, adam or adamw"),
                                      cl::init("sgd"), cl::cat(category));
static cl::opt<double> momentum("momentum", cl::desc("Momentum of sgd"),
                                cl::init(0.0), cl::cat(category));
static cl::opt<bool> nesterov("nesterov", cl::desc("Nesterov's momentum"),
                              cl::cat(category));
static cl::opt<double> weightDecay("weight-decay", cl::desc("Weight decay"),
                                   cl::init(0.0), cl::cat(category));
static cl::opt<double>
    clipGradNorm("clip-grad-norm",
                 cl::desc("Largest global norm of the gradients; 0: any"),
                 cl::init(0.0), cl::cat(category));
static cl::opt<std::string>
    precision("precision",
              cl::desc("What contractions and saved values are in: float32, "
                       "tf32 or bfloat16"),
              cl::init("float32"), cl::cat(category));
static cl::opt<std::string>
    rules("rules", cl::desc("Rules of layers, `pattern = rule`, one a line"),
          cl::cat(category));
static cl::opt<std::string>
    rulesFile("rules-file", cl::desc("File that holds the rules of layers"),
              cl::cat(category));
static cl::list<std::string>
    targets("target",
            cl::desc("cpu, avx2, avx512, a CPU's name of LLVM, or a GPU: "
                     "cuda:sm_80, cuda:sm_89, cuda:sm_90a. Several for a "
                     "bundle; the first one runs"),
            cl::CommaSeparated, cl::cat(category));
static cl::opt<std::string>
    toolkit("toolkit", cl::desc("Folder of the CUDA toolkit; looked for"),
            cl::cat(category));
static cl::list<std::string>
    images("images",
           cl::desc("Forms of a GPU's kernels: cubin, ptx (both where the "
                    "toolkit is there) or nvvm"),
           cl::CommaSeparated, cl::cat(category));
static cl::opt<int64_t>
    device("device",
           cl::desc("Index of the GPU; $AUXACT_CUDA_DEVICE, or the first"),
           cl::init(-1), cl::cat(category));
static cl::opt<std::string> emit("emit",
                                 cl::desc("Run nothing, write this: bundle"),
                                 cl::cat(category));
static cl::opt<std::string> output("o", cl::desc("File that --emit writes"),
                                   cl::cat(category));
static cl::opt<int64_t> threads("num-threads",
                                cl::desc("Threads; 0: one a processor"),
                                cl::init(0), cl::cat(category));
static cl::opt<int64_t> batch("batch",
                              cl::desc("Rows of a step; 0: as in the model"),
                              cl::init(0), cl::cat(category));
static cl::opt<uint64_t>
    seed("seed", cl::desc("Seed of the first values and of dropout"),
         cl::init(0), cl::cat(category));
static cl::opt<bool> checkLoss("check-loss",
                               cl::desc("Stop when the loss is not finite"),
                               cl::cat(category));
static cl::opt<std::string> load("load", cl::desc("Go on from this bundle"),
                                 cl::cat(category));
static cl::opt<std::string> save("save", cl::desc("Write a bundle at the end"),
                                 cl::cat(category));
static cl::opt<bool> noMemory("no-memory",
                              cl::desc("Do not print the memory report"),
                              cl::cat(category));
static cl::opt<bool> timing("timing",
                            cl::desc("Print what compiling took, by entry and "
                                     "stage"),
                            cl::cat(category));

static llvm::ExitOnError exitOnError("aux-run: ");

static std::string readText(const std::string &path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    exitOnError(
        llvm::createStringError(path + ": " + file.getError().message()));
  return (*file)->getBuffer().str();
}

static std::vector<Array> readAll(const std::vector<std::string> &paths) {
  std::vector<Array> arrays;
  for (const std::string &path : paths) {
    auto read = ::auxact::readArrays(path);
    if (!read)
      exitOnError(llvm::createStringError(read.message()));
    for (Array &array : *read)
      arrays.push_back(std::move(array));
  }
  return arrays;
}

static std::unique_ptr<Session> makeSession() {
  if (!load.empty()) {
    ::auxact::runtime::ProgramOptions options;
    options.threads = threads;
    options.device = device;
    if (!targets.empty())
      options.target = targets.front();
    return exitOnError(Session::load(load, options));
  }
  SessionOptions options;
  options.loss = loss;
  options.labelSmoothing = labelSmoothing;
  options.optimizer = optimizer;
  options.momentum = momentum;
  options.nesterov = nesterov;
  options.weightDecay = weightDecay;
  options.clipGradNorm = clipGradNorm;
  options.precision = precision;
  options.rules = rulesFile.empty() ? rules : readText(rulesFile);
  if (!targets.empty())
    options.target = targets.front();
  options.toolkit = toolkit;
  options.device = device;
  options.images = images;
  options.threads = threads;
  options.batch = batch;
  std::unique_ptr<Session> session =
      exitOnError(Session::create(readText(model), model, options));
  session->initialize(seed);
  return session;
}

static void printMetrics(const llvm::Twine &what, const Metrics &metrics) {
  llvm::outs() << what << ": loss " << llvm::format("%.6f", metrics.loss);
  if (metrics.accuracy)
    llvm::outs() << ", accuracy " << llvm::format("%.4f", *metrics.accuracy);
  llvm::outs() << ", " << metrics.rows << " rows\n";
}

/// All but the first, which runs.
static std::vector<std::string> getFurtherTargets() {
  std::vector<std::string> further = targets;
  if (!further.empty())
    further.erase(further.begin());
  return further;
}

/// Compiles all that training and evaluating need, and writes it.
static void emitBundle() {
  if (emit != "bundle")
    exitOnError(llvm::createStringError("unknown --emit=" + emit +
                                        "; expected bundle"));
  if (output.empty())
    exitOnError(llvm::createStringError("expected a file to write (-o)"));
  std::unique_ptr<Session> session = makeSession();
  for (llvm::StringRef entry :
       {session->getMainEntry(), llvm::StringRef("evaluate"),
        llvm::StringRef("predict")})
    exitOnError(session->entry(entry));
  exitOnError(session->addTargets(getFurtherTargets()));
  exitOnError(session->save(output));
  if (!noMemory)
    printMemory(llvm::outs(), session->getProgram().getSpec(),
                *exitOnError(session->entry(session->getMainEntry())));
  if (timing)
    llvm::outs() << "compile time:\n" << session->getCompileReport();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "aux-run: train or evaluate a model on arrays\n");
  if (model.empty() == load.empty())
    exitOnError(llvm::createStringError(
        "expected one of a model (.mlir) and a bundle (--load)"));
  if (!emit.empty()) {
    emitBundle();
    return 0;
  }
  if (data.empty())
    exitOnError(llvm::createStringError("expected arrays (--data)"));

  std::unique_ptr<Session> session = makeSession();
  RunnerOptions options;
  options.learningRate = learningRate;
  options.seed = static_cast<int32_t>(seed.getValue());
  options.maxSteps = steps;
  options.logEvery = logEvery;
  options.checkLoss = checkLoss;
  std::vector<Array> arrays = readAll(data);
  Runner runner(*session, arrays, options);
  llvm::StringRef entry = evaluateOnly ? "evaluate" : "step";
  if (evaluateOnly)
    printMetrics("evaluate", exitOnError(runner.evaluate()));
  for (int64_t epoch = 1;
       !evaluateOnly && epoch <= epochs && !runner.isAtLimit(); ++epoch)
    printMetrics("epoch " + llvm::Twine(epoch),
                 exitOnError(runner.train(llvm::outs())));
  if (!testData.empty()) {
    std::vector<Array> testArrays = readAll(testData);
    Runner test(*session, testArrays, options);
    printMetrics("test", exitOnError(test.evaluate()));
  }
  if (!noMemory)
    printMemory(llvm::outs(), session->getProgram().getSpec(),
                *exitOnError(session->entry(entry)));
  if (timing)
    llvm::outs() << "compile time:\n" << session->getCompileReport();
  if (!save.empty()) {
    exitOnError(session->addTargets(getFurtherTargets()));
    exitOnError(session->save(save));
  }
  return 0;
}
