//===- Options.h - The command line of auxact-run-bundle --------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TOOLS_AUXACT_RUN_BUNDLE_OPTIONS_H
#define AUXACT_TOOLS_AUXACT_RUN_BUNDLE_OPTIONS_H

#include "auxact/Runtime/Error.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace auxact {

struct Options {
  std::string bundle, save, target;
  std::vector<std::string> data;
  int64_t epochs = 1;
  int64_t steps = 0; // 0: as many as the epochs have
  int64_t firstStep = 1;
  int64_t logEvery = 0;
  int64_t device = -1;
  int64_t threads = 0;
  double learningRate = 0.01;
  bool checkLoss = false, profile = false, info = false;
  bool help = false, version = false;
  std::map<std::string, double> scalars;
};

/// Both "--lr 0.1" and "--lr=0.1" are understood.
runtime::Expected<Options> parseOptions(const std::vector<std::string> &words);

/// What --help prints.
std::string getHelp();

} // namespace auxact

#endif // AUXACT_TOOLS_AUXACT_RUN_BUNDLE_OPTIONS_H
