//===- Trainer.cpp - Steps of a bundle's program over arrays --------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A bundle holds steps of fixed batch sizes. Rows that are left at the end of
// the arrays are not trained on, and that is said.
//
//===----------------------------------------------------------------------===//

#include "Trainer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>

namespace auxact {

using namespace runtime;

static double now() {
  auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

static double median(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Error Trainer::findEntry() {
  for (const auto &[name, candidate] : program.getSpec().entries) {
    bool isStep = name == "step" || name.rfind("step@", 0) == 0;
    if (!isStep || (entry && entry->batch >= candidate.batch))
      continue;
    key = name;
    entry = &candidate;
  }
  if (entry)
    return Error::success();
  return Error::failure("the bundle's program has no step; was it compiled "
                        "without an optimizer?");
}

Expected<const Array *> Trainer::findArray(const std::string &name) const {
  std::string names;
  for (const Array &array : arrays) {
    if (array.name == name)
      return &array;
    names += (names.empty() ? "" : ", ") + array.name;
  }
  return Error::failure("there is no array '" + name +
                        "' for the input of that name; there are: " +
                        (names.empty() ? "none" : names));
}

Error Trainer::prepare() {
  if (Error error = findEntry())
    return error;
  int64_t rows = -1;
  for (const InputSpec &input : entry->inputs) {
    Expected<const Array *> array = findArray(input.name);
    if (!array)
      return array.takeError();
    if ((*array)->shape.empty() || input.shape.empty())
      return Error::failure("the array '" + input.name + "' has no rows");
    if (rows != -1 && (*array)->shape[0] != rows)
      return Error::failure("the arrays '" + inputs[0]->name + "' and '" +
                            input.name + "' have " + std::to_string(rows) +
                            " and " + std::to_string((*array)->shape[0]) +
                            " rows; expected as many in both");
    rows = (*array)->shape[0];
    inputs.push_back(*array);
    shapes.push_back((*array)->shape);
    shapes.back()[0] = input.shape[0];
  }
  if (inputs.empty())
    return Error::failure("the model has no inputs");
  int64_t batch = shapes[0][0];
  batches = rows / batch;
  if (batches == 0)
    return Error::failure("the arrays have " + std::to_string(rows) +
                          " rows, fewer than the batch of " +
                          std::to_string(batch));
  if (rows % batch != 0)
    std::printf("the last %lld of %lld rows are less than a batch of %lld and "
                "are left out\n",
                static_cast<long long>(rows % batch),
                static_cast<long long>(rows), static_cast<long long>(batch));
  for (const ScalarSpec &scalar : entry->scalars)
    if (scalar.name != "lr" && scalar.name != "step" && scalar.name != "seed" &&
        !scalar.value && options.scalars.count(scalar.name) == 0)
      return Error::failure("the step needs --scalar " + scalar.name + "=X");
  return Error::success();
}

Error Trainer::runStep(int64_t batch, int64_t step) {
  std::vector<ArrayView> views;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Array &array = *inputs[i];
    int64_t batchBytes = array.bytes.size() / array.shape[0] * shapes[i][0];
    views.push_back({array.bytes.data() + batch * batchBytes, array.dtype,
                     shapes[i].data(), static_cast<int64_t>(shapes[i].size()),
                     nullptr});
  }
  std::vector<double> scalars;
  for (const ScalarSpec &scalar : entry->scalars) {
    auto given = options.scalars.find(scalar.name);
    scalars.push_back(scalar.value                     ? *scalar.value
                      : given != options.scalars.end() ? given->second
                      : scalar.name == "lr"            ? options.learningRate
                      : scalar.name == "seed" ? 0.0
                                              : static_cast<double>(step));
  }
  RunOptions run;
  run.checkLoss = options.checkLoss;
  run.step = step;
  return program.run(key, views, scalars, run);
}

Error Trainer::readLoss(float &loss) const {
  for (size_t i = 0; i < entry->outputs.size(); ++i)
    if (entry->outputs[i].name == "loss" &&
        entry->outputs[i].bytes == sizeof(loss))
      return program.readOutput(key, i, &loss);
  return Error::failure("the step has no output 'loss'");
}

Error Trainer::train() {
  int64_t steps = options.steps > 0 ? options.steps : options.epochs * batches;
  double last = now();
  for (int64_t i = 0; i < steps; ++i) {
    int64_t step = options.firstStep + i;
    if (Error error = runStep(i % batches, step))
      return error;
    bool isLast = i + 1 == steps;
    if (isLast || (options.logEvery > 0 && step % options.logEvery == 0)) {
      float loss = 0;
      if (Error error = readLoss(loss))
        return error;
      std::printf("step %lld: loss %.6f\n", static_cast<long long>(step), loss);
      std::fflush(stdout);
    }
    // The first step loads code and takes memory. Later ones are queued: with
    // two of them under way a call takes as long as a step, and copying the
    // next batch costs nothing extra.
    if (i == 0 || isLast)
      if (Error error = program.synchronize())
        return error;
    double end = now();
    if (i > 0)
      times.push_back(end - last);
    last = end;
    if (options.profile && i == 0)
      program.setProfiling(true);
  }
  return Error::success();
}

void Trainer::report() const {
  const ProgramSpec &spec = program.getSpec();
  std::printf("memory of %s, in bytes: state %lld, arena %lld, input slots "
              "%lld; planned %lld, allocated %lld\n",
              key.c_str(), static_cast<long long>(spec.stateBytes),
              static_cast<long long>(entry->arenaBytes),
              static_cast<long long>(slotBytes(spec, *entry)),
              static_cast<long long>(peakBytes(spec, *entry)),
              static_cast<long long>(program.allocatedBytes()));
  if (!times.empty())
    std::printf("time of a step: median %.3f ms, mean %.3f ms, over %zu steps "
                "after the first\n",
                1e3 * median(times),
                1e3 * std::accumulate(times.begin(), times.end(), 0.0) /
                    times.size(),
                times.size());
  if (!options.profile)
    return;
  std::vector<LaunchTime> launches = program.profile(key);
  std::printf("%12s  %-20s %s\n", "microseconds", "layer", "kernel");
  for (size_t i = 0; i < launches.size(); ++i) {
    const LaunchSpec &launch = entry->launches[i];
    double mean =
        launches[i].runs ? 1e6 * launches[i].seconds / launches[i].runs : 0.0;
    std::printf("%12.2f  %-20s %s\n", mean, launch.layer.c_str(),
                spec.kernels[launch.kernel].symbol.c_str());
  }
}

} // namespace auxact
