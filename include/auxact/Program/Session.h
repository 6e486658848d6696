//===- Session.h - A model, its compiled entries and its state --*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A model, its compiled entries and its state.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PROGRAM_SESSION_H
#define AUXACT_PROGRAM_SESSION_H

#include "auxact/Runtime/Program.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mlir::auxact {

/// How a model becomes a program.
struct SessionOptions {
  /// Loss to append; empty where the model has its own.
  std::string loss;
  double labelSmoothing = 0.0;
  /// "sgd", "adam" or "adamw"; empty: gradients only, no step.
  std::string optimizer;
  double momentum = 0.0, weightDecay = 0.0;
  bool nesterov = false;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  /// Largest global norm of the gradients; 0: no clipping.
  double clipGradNorm = 0.0;
  /// Decay of the parameters' running averages; 0: none are kept.
  double averageDecay = 0.0;
  /// Whether sums of gradients are kept, for steps of several micro-batches.
  bool accumulate = false;
  /// "float32"; "tf32": contractions may round their factors so where the
  /// target has hardware for it; "bfloat16": contractions and saved values in
  /// bf16.
  std::string precision = "float32";
  /// Rules of layers, one `pattern = rule` a line.
  std::string rules;
  /// "cpu" or "host", "avx2", "avx512", a CPU's name of LLVM, or a GPU:
  /// "cuda:sm_80", "cuda:sm_89", "cuda:sm_90a".
  std::string target = "cpu";
  /// For a GPU: folder of the CUDA toolkit; empty: looked for.
  std::string toolkit;
  /// For a GPU: forms of the kernels, "cubin", "ptx" or "nvvm"; none: cubin
  /// where the toolkit is, and PTX.
  std::vector<std::string> images;
  /// Threads of a run; 0: one a processor.
  int64_t threads = 0;
  /// Folder of compiled kernels; see `KernelCache`.
  std::string cacheDirectory;
  /// For a GPU: index of the device; -1: $AUXACT_CUDA_DEVICE, else 0.
  int64_t device = -1;
  /// Rows of every input; 0: as in the model.
  int64_t batch = 0;

  /// As one JSON object, in both directions; unknown keys are an error.
  std::string toJson() const;
  static llvm::Expected<SessionOptions> fromJson(llvm::StringRef text);
};

/// Compiles a model's entries on first use and runs them on one state.
///
/// Entries are `step`, `accumulate`, `gradients`, `predict`, `evaluate`, the
/// last two also with averaged parameters, and `indicators`, each per batch
/// size. Errors carry the compiler's diagnostics with their
/// locations; after one the state is as it was.
class Session {
public:
  /// Parses and verifies the model and compiles its main entry (`step`, or
  /// `gradients` without an optimizer). `fileName` is for locations.
  static llvm::Expected<std::unique_ptr<Session>>
  create(llvm::StringRef modelText, llvm::StringRef fileName,
         const SessionOptions &options);

  /// Opens a bundle. Entries that it holds run as saved; others are compiled
  /// from the model that it holds. 0 threads: as saved.
  static llvm::Expected<std::unique_ptr<Session>>
  load(llvm::StringRef path,
       const ::auxact::runtime::ProgramOptions &options = {});
  ~Session();

  /// What an entry is; compiles it on first use. A batch of 0 is the model's.
  llvm::Expected<const ::auxact::runtime::EntrySpec *>
  entry(llvm::StringRef kind, int64_t batch = 0);

  /// Run an entry once. Scalars by name; every scalar of the entry is needed.
  llvm::Error run(llvm::StringRef kind, int64_t batch,
                  const std::vector<::auxact::runtime::ArrayView> &inputs,
                  const std::map<std::string, double> &scalars,
                  const ::auxact::runtime::RunOptions &options = {});

  /// An output of the last run, on a GPU a copy of it; null if that was of
  /// another entry.
  const void *outputData(llvm::StringRef kind, int64_t batch, size_t index);

  /// Copies an output of the last run.
  llvm::Error readOutput(llvm::StringRef kind, int64_t batch, size_t index,
                         void *destination);

  /// An output of the last run where it lies; see `runtime::Program`.
  llvm::Expected<::auxact::runtime::DLManagedTensor *>
  shareOutput(llvm::StringRef kind, int64_t batch, size_t index);

  /// The module after a stage: model, step, linalg, kernels, plan, and llvm for
  /// a CPU; for a GPU nvvm, and the text ptx.
  llvm::Expected<std::string> printIR(llvm::StringRef stage,
                                      llvm::StringRef kind = "");

  /// Uniform first values of torch.nn's layers, from `seed`; state from its
  /// fill, and averages from their parameters.
  void initialize(uint64_t seed);

  /// Sets every running average to its parameter.
  ::auxact::runtime::Error restartAverages();

  /// Compiles what has been compiled for further targets, for the bundles that
  /// are written from now on. Targets of a loaded bundle stay in it.
  llvm::Error addTargets(llvm::ArrayRef<std::string> targets);

  /// Write a bundle.
  llvm::Error save(llvm::StringRef path);

  /// Compile times by entry and stage, as readable lines; empty where nothing
  /// was compiled, all entries being a bundle's.
  std::string getCompileReport() const;

  /// Warnings since the last call, one a line: a cache folder that cannot be
  /// written, say.
  std::string takeWarnings();

  ::auxact::runtime::Program &getProgram();
  const SessionOptions &getOptions() const;
  /// Rows of every input of the model.
  int64_t getBatch() const;
  /// "step", or "gradients" without an optimizer.
  llvm::StringRef getMainEntry() const;

private:
  Session();
  struct Implementation;
  std::unique_ptr<Implementation> implementation;
};

} // namespace mlir::auxact

#endif // AUXACT_PROGRAM_SESSION_H
