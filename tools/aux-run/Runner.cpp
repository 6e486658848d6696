//===- Runner.cpp - Train and evaluate on arrays --------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Goes through arrays in batches of a session's size.
//
//===----------------------------------------------------------------------===//

#include "Runner.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

#include <algorithm>

using namespace mlir::auxact;
namespace runtime = ::auxact::runtime;

const Array *Runner::findArray(llvm::StringRef name) const {
  auto it = llvm::find_if(
      arrays, [&](const Array &array) { return array.name == name; });
  return it == arrays.end() ? nullptr : &*it;
}

/// All inputs must be there, with the same number of rows.
llvm::Expected<int64_t> Runner::countRows(llvm::StringRef kind) {
  llvm::Expected<const runtime::EntrySpec *> entry = session.entry(kind);
  if (!entry)
    return entry.takeError();
  const Array *first = nullptr;
  for (const runtime::InputSpec &input : (*entry)->inputs) {
    const Array *array = findArray(input.name);
    if (!array) {
      std::string names;
      for (const Array &other : arrays)
        names += (names.empty() ? "" : ", ") + other.name;
      return llvm::createStringError(
          "there is no array '" + input.name +
          "' for the input of that name; there are: " +
          (names.empty() ? "none" : names));
    }
    if (array->shape.empty() || array->shape[0] == 0)
      return llvm::createStringError("the array '" + array->name +
                                     "' has no rows");
    if (first && array->shape[0] != first->shape[0])
      return llvm::createStringError(
          "the arrays '" + first->name + "' and '" + array->name + "' have " +
          std::to_string(first->shape[0]) + " and " +
          std::to_string(array->shape[0]) + " rows; expected as many in both");
    if (!first)
      first = array;
  }
  if (!first)
    return llvm::createStringError("the model has no inputs");
  return first->shape[0];
}

/// Labels, from the `first` on, at which the prediction is greatest.
static int64_t countHits(const float *predictions, int64_t count,
                         int64_t classes, const Array &labels, int64_t first) {
  int64_t hits = 0;
  for (int64_t i = 0; i < count; ++i) {
    const float *values = predictions + i * classes;
    int64_t best = std::max_element(values, values + classes) - values;
    const char *data = labels.bytes.data();
    int64_t label = labels.dtype == runtime::DType::i64
                        ? reinterpret_cast<const int64_t *>(data)[first + i]
                        : reinterpret_cast<const int32_t *>(data)[first + i];
    hits += best == label;
  }
  return hits;
}

llvm::Error Runner::run(llvm::StringRef kind, int64_t first, int64_t rows,
                        Metrics &metrics) {
  llvm::Expected<const runtime::EntrySpec *> entry = session.entry(kind, rows);
  if (!entry)
    return entry.takeError();
  std::vector<std::vector<int64_t>> shapes;
  std::vector<runtime::ArrayView> views;
  const Array *labels = nullptr;
  for (const runtime::InputSpec &input : (*entry)->inputs) {
    const Array *array = findArray(input.name);
    shapes.push_back(array->shape);
    shapes.back()[0] = rows;
    int64_t rowBytes = array->bytes.size() / array->shape[0];
    views.push_back({array->bytes.data() + first * rowBytes, array->dtype,
                     shapes.back().data(),
                     static_cast<int64_t>(shapes.back().size()), nullptr});
    if (input.isLabel)
      labels = array;
  }
  runtime::RunOptions run;
  run.checkLoss = options.checkLoss;
  run.step = steps + 1;
  if (llvm::Error error =
          session.run(kind, rows, views,
                      {{"lr", options.learningRate},
                       {"step", static_cast<double>(steps + 1)},
                       {"seed", static_cast<double>(options.seed)}},
                      run))
    return error;
  for (auto [i, output] : llvm::enumerate((*entry)->outputs)) {
    auto *values =
        static_cast<const float *>(session.outputData(kind, rows, i));
    if (output.dtype != runtime::DType::f32)
      continue;
    if (output.name == "loss")
      metrics.loss += *values * static_cast<double>(rows);
    if (output.name != "prediction" || !labels ||
        output.shape.size() != labels->shape.size() + 1)
      continue;
    // A row may hold several labels: those of a sequence.
    int64_t perRow = 1;
    for (int64_t size : llvm::ArrayRef(labels->shape).drop_front())
      perRow *= size;
    double hits = countHits(values, rows * perRow, output.shape.back(), *labels,
                            first * perRow);
    metrics.accuracy = metrics.accuracy.value_or(0.0) + hits / perRow;
  }
  metrics.rows += rows;
  return llvm::Error::success();
}

static Metrics getMean(Metrics sums) {
  sums.loss /= sums.rows;
  if (sums.accuracy)
    *sums.accuracy /= sums.rows;
  return sums;
}

llvm::Expected<Metrics> Runner::train(llvm::raw_ostream &os) {
  llvm::Expected<int64_t> rows = countRows("step");
  if (!rows)
    return rows.takeError();
  int64_t batch = session.getBatch();
  Metrics sums;
  for (int64_t first = 0; first < *rows && !isAtLimit(); first += batch) {
    Metrics step;
    if (llvm::Error error =
            run("step", first, std::min(batch, *rows - first), step))
      return std::move(error);
    ++steps;
    sums.loss += step.loss;
    sums.rows += step.rows;
    if (options.logEvery > 0 && steps % options.logEvery == 0)
      os << "step " << steps << ": loss "
         << llvm::format("%.6f", getMean(step).loss) << "\n";
  }
  return getMean(sums);
}

llvm::Expected<Metrics> Runner::evaluate() {
  llvm::Expected<int64_t> rows = countRows("evaluate");
  if (!rows)
    return rows.takeError();
  int64_t batch = session.getBatch();
  Metrics sums;
  for (int64_t first = 0; first < *rows; first += batch)
    if (llvm::Error error =
            run("evaluate", first, std::min(batch, *rows - first), sums))
      return std::move(error);
  return getMean(sums);
}

void mlir::auxact::printMemory(llvm::raw_ostream &os,
                               const runtime::ProgramSpec &program,
                               const runtime::EntrySpec &entry) {
  int64_t saved = 0;
  for (const runtime::SavedSpec &row : entry.saved)
    saved += row.savedBytes;
  int64_t above = entry.arenaBytes - entry.lowerBoundBytes;
  double gap =
      entry.lowerBoundBytes ? 100.0 * above / entry.lowerBoundBytes : 0.0;
  os << "memory of " << entry.name << " with " << entry.batch
     << " rows, in bytes:\n";
  auto line = [&](const char *name, int64_t bytes, const std::string &what) {
    os << llvm::format("  %-6s %14lld  %s\n", name,
                       static_cast<long long>(bytes), what.c_str());
  };
  line("saved", saved, "kept from forward to backward");
  line("state", program.stateBytes, "parameters, optimizer and rules");
  std::string bound;
  llvm::raw_string_ostream(bound)
      << "everything else; " << llvm::format("%.2f", gap)
      << " % above its lower bound";
  line("arena", entry.arenaBytes, bound);
  // Batches wait in slots of their own on a device.
  bool hasSlots = runtime::slotBytes(program, entry) > 0;
  if (hasSlots)
    line("slots", runtime::slotBytes(program, entry), "the next batch");
  line("peak", runtime::peakBytes(program, entry),
       hasSlots ? "state, arena and slots" : "state and arena");
  if (entry.saved.empty())
    return;
  os << llvm::format("  %-20s %-16s %12s %12s\n", "layer", "rule", "saved",
                     "exact");
  for (const runtime::SavedSpec &row : entry.saved) {
    os << llvm::format("  %-20s %-16s %12lld %12lld", row.layer.c_str(),
                       row.rule.c_str(), static_cast<long long>(row.savedBytes),
                       static_cast<long long>(row.exactBytes));
    if (!row.sharedWith.empty())
      os << "  kept by " << row.sharedWith;
    os << "\n";
  }
}
