//===- TinyProgram.h - A program with hand-written kernels ------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// One weight a column: p = x * w, loss = mean(p^2) in partial sums, then
// w -= lr * d loss / d w. Small, yet with tasks, a workspace, a label input, a
// scalar, staging ranges and an update in place.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_UNIT_RUNTIME_TINYPROGRAM_H
#define AUXACT_TEST_UNIT_RUNTIME_TINYPROGRAM_H

#include "auxact/Runtime/ArenaPlanner.h"
#include "auxact/Runtime/Program.h"

#include <cmath>

namespace auxact::runtime::tiny {

constexpr int64_t rows = 32, columns = 48, classes = 5;
constexpr int64_t rowsPerTask = 4, tasks = rows / rowsPerTask;

/// (x, y, w) -> (p, partial); the workspace holds one row.
inline void predict(void *const *args) {
  auto *x = static_cast<const float *>(args[0]);
  auto *y = static_cast<const int32_t *>(args[1]);
  auto *w = static_cast<const float *>(args[2]);
  auto *p = static_cast<float *>(args[3]);
  auto *partial = static_cast<float *>(args[4]);
  auto *row = static_cast<float *>(args[5]);
  int64_t task = *static_cast<const int64_t *>(args[6]);
  float sum = 0;
  for (int64_t i = task * rowsPerTask; i < (task + 1) * rowsPerTask; ++i) {
    for (int64_t j = 0; j < columns; ++j)
      row[j] = x[i * columns + j] * w[j] + static_cast<float>(y[i]);
    for (int64_t j = 0; j < columns; ++j) {
      p[i * columns + j] = row[j];
      sum += row[j] * row[j];
    }
  }
  partial[task] = sum;
}

/// (partial) -> (loss)
inline void reduce(void *const *args) {
  auto *partial = static_cast<const float *>(args[0]);
  float sum = 0;
  for (int64_t i = 0; i < tasks; ++i)
    sum += partial[i];
  *static_cast<float *>(args[1]) = sum / (rows * columns);
}

/// (x, p, lr, w) -> (w); one task a column block.
inline void update(void *const *args) {
  auto *x = static_cast<const float *>(args[0]);
  auto *p = static_cast<const float *>(args[1]);
  float lr = *static_cast<const float *>(args[2]);
  auto *w = static_cast<const float *>(args[3]);
  auto *result = static_cast<float *>(args[4]);
  int64_t task = *static_cast<const int64_t *>(args[6]);
  for (int64_t j = task * columns / 3; j < (task + 1) * columns / 3; ++j) {
    float gradient = 0;
    for (int64_t i = 0; i < rows; ++i)
      gradient += 2 * p[i * columns + j] * x[i * columns + j];
    result[j] = w[j] - lr * gradient / (rows * columns);
  }
}

inline EntrySpec makeEntry(int64_t threads) {
  EntrySpec entry;
  entry.name = "step";
  entry.batch = rows;
  entry.threads = threads;
  int64_t rowBytes = columns * 4;
  entry.buffers = {
      {"x", "input", rows * rowBytes, 0, 0, 2},
      {"y", "input", rows * 4, 0, 0, 0},
      {"lr", "scalar", 4, 0, 0, 2},
      {"p", "temporary", rows * rowBytes, 0, 0, 2},
      {"partial", "temporary", tasks * 4, 0, 0, 1},
      {"loss", "output", 4, 0, 1, 2},
      {"predict", "workspace", alignUp(rowBytes, 64) * threads, 0, 0, 0},
  };
  std::vector<BufferRequest> requests;
  for (const BufferSpec &buffer : entry.buffers)
    requests.push_back({buffer.bytes, 64, buffer.first, buffer.last});
  ArenaPlan plan = planArena(requests);
  for (size_t i = 0; i < requests.size(); ++i)
    entry.buffers[i].offset = plan.offsets[i];
  entry.arenaBytes = plan.bytes;
  entry.lowerBoundBytes = plan.lowerBound;

  auto arena = [&](size_t buffer) {
    return Place{Place::Arena, plan.offsets[buffer]};
  };
  Place x{Place::Input, 0}, y{Place::Input, 1}, w{Place::State, 0};
  entry.inputs = {{"x",
                   DType::f32,
                   {rows, columns},
                   rows * rowBytes,
                   plan.offsets[0],
                   0,
                   /*isLabel=*/false,
                   {}},
                  {"y",
                   DType::i32,
                   {rows},
                   rows * 4,
                   plan.offsets[1],
                   classes,
                   /*isLabel=*/true,
                   {}}};
  entry.scalars = {{"lr", DType::f32, plan.offsets[2]}};
  entry.outputs = {{"loss", DType::f32, {}, 4, arena(5)}};
  entry.launches = {{0, {x, y, w, arena(3), arena(4)}, 2, plan.offsets[6], "0"},
                    {1, {arena(4), arena(5)}, 1, 0, "loss"},
                    {2, {x, arena(3), arena(2), w, w}, 1, 0, "0"}};
  entry.saved = {{"0", "exact", rows * rowBytes, rows * rowBytes, ""}};
  return entry;
}

inline ProgramSpec makeSpec(int64_t threads) {
  ProgramSpec spec;
  spec.target = "test";
  spec.state = {{"w", "parameter", DType::f32, {columns}, 0, columns * 4, 0.5},
                {"w.momentum", "optimizer", DType::f64, {2}, 192, 16, 0.0}};
  spec.stateBytes = 256;
  spec.kernels = {{"tiny_predict", tasks, columns * 4, {}},
                  {"tiny_reduce", 1, 0, {}},
                  {"tiny_update", 3, 0, {}}};
  spec.entries["step"] = makeEntry(threads);
  spec.extra["model"] = "module {}";
  return spec;
}

inline std::vector<KernelCode> makeKernels() {
  return {predict, reduce, update};
}

/// Arrays for one step, 64-byte aligned.
struct Data {
  alignas(64) float x[rows * columns];
  alignas(64) int32_t y[rows];
  int64_t xShape[2] = {rows, columns};
  int64_t yShape[1] = {rows};

  explicit Data(int64_t seed = 1) {
    for (int64_t i = 0; i < rows * columns; ++i)
      x[i] = std::sin(static_cast<float>(i * seed + 3));
    for (int64_t i = 0; i < rows; ++i)
      y[i] = static_cast<int32_t>((i * seed) % classes);
  }
  std::vector<ArrayView> views() const {
    return {{x, DType::f32, xShape, 2, nullptr},
            {y, DType::i32, yShape, 1, nullptr}};
  }
};

} // namespace auxact::runtime::tiny

#endif // AUXACT_TEST_UNIT_RUNTIME_TINYPROGRAM_H
