//===- Runner.h - Train and evaluate on arrays ------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Goes through arrays in batches of a session's size; the rows that are left at
// the end are a smaller batch.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TOOLS_AUX_RUN_RUNNER_H
#define AUXACT_TOOLS_AUX_RUN_RUNNER_H

#include "auxact/ArrayFile/ArrayFile.h"
#include "auxact/Program/Session.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>

namespace mlir::auxact {

using ::auxact::Array;

struct RunnerOptions {
  double learningRate = 0.01;
  /// Of the random numbers of dropout.
  int32_t seed = 0;
  /// Stop after so many steps in all; 0: go through all epochs.
  int64_t maxSteps = 0;
  /// Print the loss of every n-th step; 0: of epochs only.
  int64_t logEvery = 0;
  /// Stop with an error when the loss is not finite.
  bool checkLoss = false;
};

/// What a pass over the arrays gave, in the mean over its rows.
struct Metrics {
  double loss = 0.0;
  /// Share of labels at which the prediction is greatest; nothing where there
  /// are no labels.
  std::optional<double> accuracy;
  int64_t rows = 0;
};

class Runner {
public:
  Runner(Session &session, const std::vector<Array> &arrays,
         const RunnerOptions &options)
      : session(session), arrays(arrays), options(options) {}

  /// One pass of steps.
  llvm::Expected<Metrics> train(llvm::raw_ostream &os);
  llvm::Expected<Metrics> evaluate();

  bool isAtLimit() const {
    return options.maxSteps > 0 && steps >= options.maxSteps;
  }

private:
  /// Runs `kind` on rows [first, first + rows) and adds to `metrics`.
  llvm::Error run(llvm::StringRef kind, int64_t first, int64_t rows,
                  Metrics &metrics);
  llvm::Expected<int64_t> countRows(llvm::StringRef kind);
  const Array *findArray(llvm::StringRef name) const;

  Session &session;
  const std::vector<Array> &arrays;
  RunnerOptions options;
  int64_t steps = 0;
};

/// What an entry keeps and needs, by layer.
void printMemory(llvm::raw_ostream &os,
                 const ::auxact::runtime::ProgramSpec &program,
                 const ::auxact::runtime::EntrySpec &entry);

} // namespace mlir::auxact

#endif // AUXACT_TOOLS_AUX_RUN_RUNNER_H
