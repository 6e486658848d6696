//===- SessionTest.cpp - From a model's text to steps and bundles ---------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/Session.h"

#include "../Runtime/AllocationCounter.h"
#include "TemporaryDirectory.h"
#include "auxact/Runtime/ArenaVerifier.h"
#include "auxact/Runtime/Bundle.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

using namespace mlir::auxact;
namespace runtime = ::auxact::runtime;

namespace {
constexpr int64_t rows = 24, features = 100, classes = 10;

// RULE stands for the rule under test. Odd sizes, a residual connection, and a
// relu whose mask the sign rule shares.
const char modelText[] = R"(
func.func @net(%x: tensor<24x100xf32> {auxact.input = "x"},
    %y: tensor<24xi32> {auxact.input = "y"},
    %w0: tensor<33x100xf32> {auxact.parameter = "0.weight"},
    %b0: tensor<33xf32> {auxact.parameter = "0.bias"},
    %w1: tensor<33x33xf32> {auxact.parameter = "1.weight"},
    %w2: tensor<10x33xf32> {auxact.parameter = "2.weight"},
    %b2: tensor<10xf32> {auxact.parameter = "2.bias"})
    -> (tensor<24x10xf32> {auxact.output = "prediction"},
        tensor<f32> {auxact.output = "loss"}) {
  %0 = auxact.linear %x, %w0, %b0 {name = "0"RULE} : (tensor<24x100xf32>, tensor<33x100xf32>, tensor<33xf32>) -> tensor<24x33xf32>
  %1 = auxact.relu %0 {name = "r0"} : tensor<24x33xf32>
  %2 = auxact.linear %1, %w1 {name = "1"RULE} : (tensor<24x33xf32>, tensor<33x33xf32>) -> tensor<24x33xf32>
  %3 = auxact.add %1, %2 : tensor<24x33xf32>
  %4 = auxact.relu %3 {name = "r1"} : tensor<24x33xf32>
  %5 = auxact.linear %4, %w2, %b2 {name = "2"RULE} : (tensor<24x33xf32>, tensor<10x33xf32>, tensor<10xf32>) -> tensor<24x10xf32>
  %6 = auxact.cross_entropy %5, %y : (tensor<24x10xf32>, tensor<24xi32>) -> tensor<f32>
  return %5, %6 : tensor<24x10xf32>, tensor<f32>
}
)";

const char exact[] = "";
const char center[] = ", rule = #auxact.sign<center, scale = ratio>";
const char sign[] = ", rule = #auxact.sign<epsilon = 0.01, gain = 100.0>";

struct Batch {
  alignas(64) float x[rows * features];
  alignas(64) int32_t y[rows];
  int64_t xShape[2] = {rows, features}, yShape[1] = {rows};

  explicit Batch(int64_t seed) {
    for (int64_t i = 0; i < rows * features; ++i)
      x[i] = static_cast<float>(std::sin(0.7 * i * i + seed));
    for (int64_t i = 0; i < rows; ++i)
      y[i] = static_cast<int32_t>((i * 7 + seed) % classes);
  }
  std::vector<runtime::ArrayView> views() const {
    return {{x, runtime::DType::f32, xShape, 2, nullptr},
            {y, runtime::DType::i32, yShape, 1, nullptr}};
  }
};

runtime::ProgramOptions withThreads(int64_t threads) {
  runtime::ProgramOptions options;
  options.threads = threads;
  return options;
}

class Sessions : public testing::TestWithParam<const char *> {
protected:
  SessionOptions makeOptions(int64_t threads) {
    SessionOptions options;
    options.optimizer = "sgd";
    options.momentum = 0.9;
    options.threads = threads;
    options.cacheDirectory = directory / "cache";
    return options;
  }

  std::unique_ptr<Session> create(int64_t threads) {
    std::string text = modelText;
    for (size_t at = text.find("RULE"); at != std::string::npos;
         at = text.find("RULE"))
      text.replace(at, 4, GetParam());
    auto session = Session::create(text, "net.mlir", makeOptions(threads));
    EXPECT_TRUE(bool(session));
    if (!session) {
      ADD_FAILURE() << llvm::toString(session.takeError());
      return nullptr;
    }
    (*session)->initialize(7);
    return std::move(*session);
  }

  static float loss(Session &session) {
    const runtime::EntrySpec &entry = *llvm::cantFail(session.entry("step"));
    for (size_t i = 0; i < entry.outputs.size(); ++i)
      if (entry.outputs[i].name == "loss")
        return *static_cast<const float *>(session.outputData("step", 0, i));
    ADD_FAILURE() << "no loss";
    return 0;
  }

  static void step(Session &session, int64_t number) {
    Batch batch(number % 3);
    llvm::Error error =
        session.run("step", 0, batch.views(),
                    {{"lr", 0.05}, {"step", static_cast<double>(number)}});
    EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
  }

  /// Losses of steps first, …, last and the final weights, as bits.
  static std::vector<uint32_t> train(Session &session, int64_t first,
                                     int64_t last) {
    std::vector<float> values;
    for (int64_t i = first; i <= last; ++i) {
      step(session, i);
      values.push_back(loss(session));
    }
    for (const runtime::StateSpec &state :
         session.getProgram().getSpec().state) {
      size_t end = values.size();
      values.resize(end + state.bytes / 4);
      auto error =
          session.getProgram().readState(state.name, values.data() + end);
      EXPECT_FALSE(error) << error.message();
    }
    std::vector<uint32_t> bits(values.size());
    std::memcpy(bits.data(), values.data(), values.size() * 4);
    return bits;
  }

  static float asFloat(uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
  }

  TemporaryDirectory directory;
};
} // namespace

TEST_P(Sessions, Learn) {
  auto session = create(2);
  ASSERT_TRUE(session);
  std::vector<uint32_t> bits = train(*session, 1, 60);
  EXPECT_NEAR(asFloat(bits[0]), std::log(10.0f), 0.5);
  EXPECT_LT(asFloat(bits[59]), 0.5f * asFloat(bits[0]));
}

TEST_P(Sessions, DoNotDependOnThreads) {
  auto one = create(1);
  ASSERT_TRUE(one);
  std::vector<uint32_t> reference = train(*one, 1, 5);
  for (int64_t threads : {2, 3}) {
    auto session = create(threads);
    ASSERT_TRUE(session);
    EXPECT_EQ(train(*session, 1, 5), reference) << threads << " threads";
  }
}

TEST_P(Sessions, PlanWhatTheyAllocate) {
  auto session = create(2);
  ASSERT_TRUE(session);
  step(*session, 1);
  const runtime::EntrySpec &entry = *llvm::cantFail(session->entry("step"));
  runtime::Program &program = session->getProgram();
  EXPECT_EQ(program.allocatedBytes(),
            runtime::peakBytes(program.getSpec(), entry));

  // The independent verifier, on the plan as the runtime got it.
  std::vector<runtime::BufferRequest> requests;
  runtime::ArenaPlan plan;
  for (const runtime::BufferSpec &buffer : entry.buffers) {
    requests.push_back(
        {buffer.bytes, runtime::blockAlignment, buffer.first, buffer.last});
    plan.offsets.push_back(buffer.offset);
  }
  plan.bytes = entry.arenaBytes;
  plan.lowerBound = entry.lowerBoundBytes;
  EXPECT_EQ(runtime::verifyArenaPlan(requests, plan), "");
  EXPECT_LE(plan.gap(), 0.02);
}

TEST_P(Sessions, AllocateNothingFromTheSecondStepOn) {
  auto session = create(2);
  ASSERT_TRUE(session);
  runtime::Program &program = session->getProgram();
  std::string key = program.getSpec().entries.begin()->first;
  const runtime::EntrySpec &entry = *program.findEntry(key);
  Batch batch(1);
  std::vector<runtime::ArrayView> inputs = batch.views();
  std::vector<double> scalars(entry.scalars.size(), 0.05);
  ASSERT_FALSE(bool(program.run(key, inputs, scalars)));
  int64_t before = countAllocations();
  bool failed = false;
  for (int64_t i = 0; i < 20; ++i)
    failed |= bool(program.run(key, inputs, scalars));
  EXPECT_EQ(countAllocations(), before);
  EXPECT_FALSE(failed);
}

TEST_P(Sessions, ResumeFromABundleToTheSameBits) {
  auto session = create(2);
  ASSERT_TRUE(session);
  train(*session, 1, 3);
  std::string path = directory / "run.auxact";
  llvm::Error error = session->save(path);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  std::vector<uint32_t> reference = train(*session, 4, 8);
  for (int64_t threads : {0, 1, 3}) {
    auto loaded = Session::load(path, withThreads(threads));
    ASSERT_TRUE(bool(loaded)) << llvm::toString(loaded.takeError());
    EXPECT_EQ(train(**loaded, 4, 8), reference) << threads << " threads";

    // Saved again, with one more entry, which is compiled now.
    auto evaluate = (*loaded)->entry("evaluate", 7);
    ASSERT_TRUE(bool(evaluate)) << llvm::toString(evaluate.takeError());
    std::string again = directory / "again.auxact";
    error = (*loaded)->save(again);
    ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
    auto resumed = Session::load(again, withThreads(threads));
    ASSERT_TRUE(bool(resumed)) << llvm::toString(resumed.takeError());
    EXPECT_EQ(train(**resumed, 9, 10), train(**loaded, 9, 10));
  }
}

// The program that links no LLVM gets the same bits.
TEST_P(Sessions, TrainWithoutLLVM) {
  auto session = create(2);
  ASSERT_TRUE(session);
  train(*session, 1, 2);
  std::string path = directory / "run.auxact", data = directory / "data";
  llvm::Error error = session->save(path);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  std::vector<Batch> batches = {Batch(0), Batch(1), Batch(2), Batch(0)};
  std::vector<runtime::SafetensorsEntry> arrays;
  for (size_t i = 0; i < batches.size(); ++i) {
    arrays.push_back({"x." + std::to_string(i),
                      "F32",
                      {rows, features},
                      batches[i].x,
                      sizeof(batches[i].x)});
    arrays.push_back({"y." + std::to_string(i),
                      "I32",
                      {rows},
                      batches[i].y,
                      sizeof(batches[i].y)});
  }
  ASSERT_FALSE(bool(runtime::writeSafetensors(data, arrays, {})));
  std::string command =
      std::string(AUXACT_BUNDLE_TRAIN) + " " + path + " " + data +
      " 4 --entry=" + session->getProgram().getSpec().entries.begin()->first +
      " --first-step=3 --scalar=lr:0.05";
  FILE *pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  for (int64_t i = 3; i <= 6; ++i) {
    long long number = 0;
    float value = 0;
    unsigned bits = 0;
    ASSERT_EQ(
        std::fscanf(pipe, " step %lld loss %f bits %x", &number, &value, &bits),
        3);
    step(*session, i);
    EXPECT_EQ(number, i);
    EXPECT_EQ(asFloat(bits), loss(*session));
  }
  EXPECT_EQ(pclose(pipe), 0);
}

TEST_P(Sessions, StopAtANaNLossWithTheStateIntact) {
  auto session = create(2);
  ASSERT_TRUE(session);
  train(*session, 1, 2);
  std::vector<uint32_t> before = train(*session, 3, 2);
  Batch batch(1);
  batch.x[123] = std::numeric_limits<float>::quiet_NaN();
  runtime::RunOptions options;
  options.checkLoss = true;
  options.step = 3;
  llvm::Error error = session->run("step", 0, batch.views(),
                                   {{"lr", 0.05}, {"step", 3}}, options);
  ASSERT_TRUE(bool(error));
  std::string message = llvm::toString(std::move(error));
  EXPECT_NE(message.find("the loss is NaN at step 3"), std::string::npos);
  EXPECT_NE(message.find("the state is unchanged"), std::string::npos);
  EXPECT_EQ(train(*session, 3, 2), before);
}

static std::string nameRule(const testing::TestParamInfo<const char *> &info) {
  static const char *const names[] = {"exact", "sign", "center"};
  return names[info.index];
}

INSTANTIATE_TEST_SUITE_P(Rules, Sessions, testing::Values(exact, sign, center),
                         nameRule);
