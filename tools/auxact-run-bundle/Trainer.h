//===- Trainer.h - Steps of a bundle's program over arrays ------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TOOLS_AUXACT_RUN_BUNDLE_TRAINER_H
#define AUXACT_TOOLS_AUXACT_RUN_BUNDLE_TRAINER_H

#include "Options.h"

#include "auxact/ArrayFile/ArrayFile.h"
#include "auxact/Runtime/Program.h"

namespace auxact {

class Trainer {
public:
  Trainer(runtime::Program &program, const std::vector<Array> &arrays,
          const Options &options)
      : program(program), arrays(arrays), options(options) {}

  /// Finds the entry that does a step of the largest batch, and looks whether
  /// the arrays fit.
  runtime::Error prepare();

  /// All steps; prints losses.
  runtime::Error train();

  /// Prints memory and times of what has run.
  void report() const;

private:
  runtime::Error findEntry();
  runtime::Expected<const Array *> findArray(const std::string &name) const;
  runtime::Error runStep(int64_t batch, int64_t step);
  /// The loss of the last step; waits for it.
  runtime::Error readLoss(float &loss) const;

  runtime::Program &program;
  const std::vector<Array> &arrays;
  const Options &options;

  std::string key;
  const runtime::EntrySpec *entry = nullptr;
  std::vector<const Array *> inputs;
  std::vector<std::vector<int64_t>> shapes; // of one batch, by input
  int64_t batches = 0;                      // whole ones in the arrays
  std::vector<double> times;                // of a step, in seconds
};

} // namespace auxact

#endif // AUXACT_TOOLS_AUXACT_RUN_BUNDLE_TRAINER_H
