//===- ProgramTest.cpp - Replay of a small program ------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Program.h"

#include "AllocationCounter.h"
#include "TinyProgram.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

using namespace auxact::runtime;

namespace {
std::unique_ptr<Program> makeProgram(int64_t planned, int64_t threads) {
  auto program =
      Program::create(tiny::makeSpec(planned), tiny::makeKernels(), {threads});
  EXPECT_TRUE(program) << program.message();
  return program ? std::move(*program) : nullptr;
}

float loss(const Program &program) {
  auto *data = static_cast<const float *>(program.outputData("step", 0));
  EXPECT_NE(data, nullptr);
  return data ? *data : -1.0f;
}

std::vector<float> weights(const Program &program) {
  std::vector<float> values(tiny::columns);
  Error error = program.readState("w", values.data());
  EXPECT_FALSE(error) << error.message();
  return values;
}

/// Losses and weights of some steps, as bits.
std::vector<uint32_t> train(Program &program, int64_t steps) {
  std::vector<float> values;
  for (int64_t i = 0; i < steps; ++i) {
    tiny::Data data(i + 1);
    Error error = program.run("step", data.views(), {0.1});
    EXPECT_FALSE(error) << error.message();
    values.push_back(loss(program));
  }
  std::vector<float> w = weights(program);
  values.insert(values.end(), w.begin(), w.end());
  std::vector<uint32_t> bits(values.size());
  std::memcpy(bits.data(), values.data(), values.size() * 4);
  return bits;
}

/// The message of a run that must fail and leave the state as it was.
std::string failure(Program &program, const std::vector<ArrayView> &inputs,
                    const std::vector<double> &scalars = {0.1},
                    RunOptions options = {}) {
  std::vector<float> before = weights(program);
  Error error = program.run("step", inputs, scalars, options);
  EXPECT_TRUE(error);
  EXPECT_EQ(weights(program), before);
  return error.message();
}
} // namespace

TEST(Program, ComputesWhatTheKernelsSay) {
  auto program = makeProgram(2, 2);
  tiny::Data data;
  double sum = 0;
  for (int64_t i = 0; i < tiny::rows; ++i)
    for (int64_t j = 0; j < tiny::columns; ++j)
      sum += std::pow(data.x[i * tiny::columns + j] * 0.5 + data.y[i], 2);
  ASSERT_FALSE(program->run("step", data.views(), {0.1}));
  EXPECT_NEAR(loss(*program), sum / (tiny::rows * tiny::columns), 1e-5);
  EXPECT_NE(weights(*program)[0], 0.5f);
  float first = loss(*program);
  ASSERT_FALSE(program->run("step", data.views(), {0.1}));
  EXPECT_LT(loss(*program), first);
}

TEST(Program, DoesNotDependOnThreads) {
  auto reference = train(*makeProgram(1, 1), 10);
  for (int64_t planned : {1, 2, 4})
    for (int64_t threads : {0, 1, 2, 3, 8})
      EXPECT_EQ(train(*makeProgram(planned, threads), 10), reference)
          << "planned for " << planned << ", run with " << threads;
}

TEST(Program, AllocatesExactlyThePeak) {
  auto program = makeProgram(2, 2);
  train(*program, 1);
  EXPECT_EQ(program->allocatedBytes(),
            peakBytes(program->getSpec(), *program->findEntry("step")));
  // More slots are planned and counted, fewer cost nothing less.
  auto more = makeProgram(2, 8);
  EXPECT_EQ(more->findEntry("step")->threads, 8);
  train(*more, 1);
  EXPECT_EQ(more->allocatedBytes(),
            peakBytes(more->getSpec(), *more->findEntry("step")));
  EXPECT_GT(more->allocatedBytes(), program->allocatedBytes());
}

TEST(Program, AllocatesNothingFromTheSecondStepOn) {
  for (int64_t threads : {1, 2}) {
    auto program = makeProgram(threads, threads);
    tiny::Data data;
    std::vector<ArrayView> aligned = data.views();
    std::vector<ArrayView> moved = aligned;
    moved[0].data = data.x + 1; // staged
    moved[0].shape = aligned[0].shape;
    std::vector<double> scalars = {0.1};
    std::string key = "step";
    RunOptions options;
    options.checkLoss = true;
    ASSERT_FALSE(program->run(key, aligned, scalars, options));
    int64_t before = countAllocations();
    bool failed = false;
    for (int64_t i = 0; i < 20; ++i)
      failed |= static_cast<bool>(
          program->run(key, i % 2 ? aligned : moved, scalars, options));
    EXPECT_EQ(countAllocations() - before, 0) << threads << " threads";
    EXPECT_FALSE(failed);
    // The counter does count.
    std::vector<int> more(10);
    EXPECT_GT(countAllocations(), before);
  }
}

TEST(Program, TakesStridedUnalignedAndWideInputs) {
  auto reference = makeProgram(2, 2);
  tiny::Data data;
  ASSERT_FALSE(reference->run("step", data.views(), {0.1}));

  // x transposed in memory, at an odd address; y as 64-bit integers.
  std::vector<float> transposed(tiny::rows * tiny::columns + 1);
  for (int64_t i = 0; i < tiny::rows; ++i)
    for (int64_t j = 0; j < tiny::columns; ++j)
      transposed[1 + j * tiny::rows + i] = data.x[i * tiny::columns + j];
  std::vector<int64_t> wide(data.y, data.y + tiny::rows);
  int64_t strides[2] = {4, 4 * tiny::rows};
  auto program = makeProgram(2, 2);
  std::vector<ArrayView> inputs = {
      {transposed.data() + 1, DType::f32, data.xShape, 2, strides},
      {wide.data(), DType::i64, data.yShape, 1, nullptr}};
  Error error = program->run("step", inputs, {0.1});
  ASSERT_FALSE(error) << error.message();
  EXPECT_EQ(loss(*program), loss(*reference));
  EXPECT_EQ(weights(*program), weights(*reference));
}

TEST(Program, NamesTheBadTokenAndAcceptsWhatIsIgnored) {
  ProgramSpec spec = tiny::makeSpec(1);
  InputSpec &tokens = spec.entries["step"].inputs[1];
  tokens.isLabel = false;
  tokens.ignored = -100;
  auto program = Program::create(spec, tiny::makeKernels(), {1});
  ASSERT_TRUE(program) << program.message();
  tiny::Data data;
  data.y[3] = -100;
  data.y[17] = 5;
  EXPECT_EQ(failure(**program, data.views()),
            "input 'y': the token of batch row 17 is 5; valid tokens are 0 to "
            "4, and -100 to ignore one");
}

TEST(Program, NamesTheBadLabel) {
  auto program = makeProgram(1, 1);
  tiny::Data data;
  data.y[17] = 5;
  std::string message = failure(*program, data.views());
  EXPECT_EQ(message, "input 'y': the label of batch row 17 is 5; valid labels "
                     "are 0 to 4");
  data.y[17] = -1;
  EXPECT_NE(failure(*program, data.views()).find("row 17 is -1"),
            std::string::npos);
  // A value that would wrap around to a valid one.
  std::vector<int64_t> wide(tiny::rows, 0);
  wide[3] = (int64_t(1) << 32) + 1;
  auto inputs = data.views();
  inputs[1] = {wide.data(), DType::i64, data.yShape, 1, nullptr};
  EXPECT_NE(failure(*program, inputs).find("row 3 is 4294967297"),
            std::string::npos);
}

TEST(Program, NamesExpectedAndActualArguments) {
  auto program = makeProgram(1, 1);
  tiny::Data data;
  auto inputs = data.views();
  int64_t shape[2] = {tiny::rows, tiny::columns - 1};
  inputs[0].shape = shape;
  EXPECT_EQ(failure(*program, inputs),
            "input 'x': expected f32[32x48], got f32[32x47]");
  inputs = data.views();
  inputs[0].dtype = DType::f64;
  EXPECT_EQ(failure(*program, inputs),
            "input 'x': expected f32[32x48], got f64[32x48]");
  inputs.pop_back();
  EXPECT_EQ(failure(*program, inputs), "entry 'step' takes 2 inputs, got 1");
  EXPECT_EQ(failure(*program, data.views(), {}),
            "entry 'step' takes 1 scalars, got 0");
  Error error = program->run("stop", {}, {});
  EXPECT_EQ(error.message(), "the program has no entry 'stop'; it has: step");
}

TEST(Program, RefusesViewsOfItsOwnArena) {
  auto program = makeProgram(1, 1);
  tiny::Data data;
  ASSERT_FALSE(program->run("step", data.views(), {0.1}));
  auto inputs = data.views();
  inputs[0].data = program->outputData("step", 0);
  EXPECT_NE(failure(*program, inputs).find("view of an output"),
            std::string::npos);
}

TEST(Program, StopsAtANaNLossBeforeTheUpdate) {
  for (int64_t threads : {1, 2}) {
    auto program = makeProgram(threads, threads);
    tiny::Data data;
    data.x[5] = std::numeric_limits<float>::quiet_NaN();
    RunOptions options;
    options.checkLoss = true;
    options.step = 42;
    std::string message = failure(*program, data.views(), {0.1}, options);
    EXPECT_EQ(message, "the loss is NaN at step 42 (entry 'step'); the step "
                       "was stopped and the state is unchanged");
    // Without the option the step runs, and the next good one as well.
    EXPECT_FALSE(program->run("step", tiny::Data().views(), {0.1}, options));
    EXPECT_FALSE(program->run("step", data.views(), {0.1}));
    EXPECT_TRUE(std::isnan(loss(*program)));
  }
}

TEST(Program, SharesKernelsAndArenaBetweenEntries) {
  auto program = makeProgram(1, 1);
  tiny::Data data;
  ASSERT_FALSE(program->run("step", data.views(), {0.1}));
  int64_t before = program->allocatedBytes();

  // The forward half alone, with one unused range that makes it larger.
  EntrySpec entry = tiny::makeEntry(1);
  entry.name = "evaluate";
  entry.launches.pop_back();
  entry.buffers.push_back({"extra", "temporary", 4096, entry.arenaBytes, 0, 1});
  entry.arenaBytes += 4096;
  ProgramSpec spec = tiny::makeSpec(1);
  Error error =
      program->addEntry("evaluate", entry, spec.kernels, tiny::makeKernels());
  ASSERT_FALSE(error) << error.message();
  EXPECT_EQ(program->getSpec().kernels.size(), 3u);
  EXPECT_EQ(program->allocatedBytes(), before)
      << "nothing before the first run";

  std::vector<float> w = weights(*program);
  ASSERT_FALSE(program->run("evaluate", data.views(), {0.1}));
  EXPECT_EQ(weights(*program), w);
  EXPECT_EQ(program->allocatedBytes(), before + 4096);
  EXPECT_EQ(program->outputData("step", 0), nullptr);
  EXPECT_NE(program->outputData("evaluate", 0), nullptr);
  // The first entry finds the new arena.
  ASSERT_FALSE(program->run("step", data.views(), {0.1}));
  EXPECT_NE(weights(*program), w);
}

TEST(Program, RejectsBadEntriesAndKernels) {
  auto program = makeProgram(1, 1);
  ProgramSpec spec = tiny::makeSpec(1);
  EntrySpec entry = spec.entries["step"];
  entry.launches[0].kernel = 3;
  EXPECT_NE(program->addEntry("bad", entry, spec.kernels, tiny::makeKernels())
                .message()
                .find("there is no kernel 3"),
            std::string::npos);
  entry = spec.entries["step"];
  entry.launches[1].args[0].value = 1 << 20;
  EXPECT_NE(program->addEntry("bad", entry, spec.kernels, tiny::makeKernels())
                .message()
                .find("not inside the arena"),
            std::string::npos);
  EXPECT_EQ(program->findEntry("bad"), nullptr);
  EXPECT_FALSE(Program::create(spec, {}));
  EXPECT_FALSE(Program::create(spec, std::vector<KernelCode>(3)));
}

TEST(Program, ProfilesEachLaunch) {
  auto program = makeProgram(2, 2);
  train(*program, 1);
  program->setProfiling(true);
  train(*program, 5);
  std::vector<LaunchTime> times = program->profile("step");
  ASSERT_EQ(times.size(), 3u);
  for (const LaunchTime &time : times) {
    EXPECT_EQ(time.runs, 5);
    EXPECT_GE(time.seconds, 0.0);
  }
}

// Launches of one task each need no barriers, but their order.
TEST(Program, KeepsTheOrderOfSmallLaunches) {
  KernelFunction append = [](void *const *args) {
    // history = 3 * history + value
    auto *history = static_cast<int64_t *>(args[0]);
    *static_cast<int64_t *>(args[2]) =
        3 * *history + *static_cast<const int64_t *>(args[1]);
  };
  ProgramSpec spec;
  spec.state = {{"history", "buffer", DType::i64, {1}, 0, 8, 1.0}};
  spec.stateBytes = 64;
  spec.kernels = {{"append", 1, 0, {}}};
  EntrySpec entry;
  entry.threads = 4;
  entry.arenaBytes = 64;
  Place history{Place::State, 0};
  int64_t expected = 1;
  for (int64_t i = 0; i < 7; ++i) {
    entry.scalars.push_back({std::to_string(i), DType::i64, 8 * i});
    entry.launches.push_back(
        {0, {history, {Place::Arena, 8 * i}, history}, 1, 0, ""});
    expected = 3 * expected + i;
  }
  spec.entries["run"] = entry;
  for (int64_t threads : {1, 4}) {
    auto program = Program::create(spec, {append}, {threads});
    ASSERT_TRUE(program) << program.message();
    (*program)->setProfiling(true);
    ASSERT_FALSE((*program)->run("run", {}, {0, 1, 2, 3, 4, 5, 6}));
    int64_t history = 0;
    ASSERT_FALSE((*program)->readState("history", &history));
    EXPECT_EQ(history, expected);
    for (const LaunchTime &time : (*program)->profile("run"))
      EXPECT_EQ(time.runs, 1);
  }
}

// The loss and the update of a small network are in one run of small launches.
TEST(Program, StopsAmongSmallLaunches) {
  KernelFunction update = [](void *const *args) {
    int64_t task = 0;
    void *own[7];
    std::copy(args, args + 7, own);
    own[6] = &task;
    for (; task < 3; ++task)
      tiny::update(own);
  };
  for (int64_t threads : {1, 2}) {
    ProgramSpec spec = tiny::makeSpec(threads);
    spec.kernels[2].tasks = 1;
    auto kernels = tiny::makeKernels();
    kernels[2] = update;
    auto program = Program::create(spec, kernels);
    ASSERT_TRUE(program) << program.message();
    tiny::Data data;
    data.x[5] = std::numeric_limits<float>::infinity();
    RunOptions options;
    options.checkLoss = true;
    EXPECT_NE(failure(**program, data.views(), {0.1}, options)
                  .find("the loss is infinite"),
              std::string::npos);
    EXPECT_FALSE((*program)->run("step", tiny::Data().views(), {0.1}, options));
    EXPECT_NE(weights(**program)[0], 0.5f);
  }
}

TEST(Program, FillsAndWritesState) {
  auto program = makeProgram(1, 1);
  EXPECT_EQ(weights(*program)[7], 0.5f);
  std::vector<float> values(tiny::columns, 2.0f);
  int64_t shape[1] = {tiny::columns};
  ArrayView view{values.data(), DType::f32, shape, 1, nullptr};
  ASSERT_FALSE(program->writeState("w", view));
  EXPECT_EQ(weights(*program), values);
  view.dtype = DType::i32;
  EXPECT_EQ(program->writeState("w", view).message(),
            "state 'w': expected f32[48], got i32[48]");
  EXPECT_EQ(program->writeState("v", view).message(),
            "the program has no state 'v'");
}
