//===- ProgramSpecTest.cpp - Programs as JSON, checks, more threads -------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/ProgramSpec.h"
#include "auxact/Runtime/ArenaVerifier.h"

#include "TinyProgram.h"

#include <gtest/gtest.h>

using namespace auxact::runtime;

namespace {
/// The error of reading the tiny program after a textual change, which must
/// apply.
std::string errorAfter(const std::string &from, const std::string &to) {
  std::string text = toJson(tiny::makeSpec(2));
  size_t position = text.find(from);
  EXPECT_NE(position, std::string::npos) << from;
  if (position != std::string::npos)
    text.replace(position, from.size(), to);
  auto program = programFromJson(text);
  EXPECT_FALSE(program);
  return program ? "" : program.message();
}
} // namespace

TEST(ProgramSpec, RoundTrips) {
  ProgramSpec spec = tiny::makeSpec(2);
  spec.features = "+avx2";
  spec.extra["text"] = "quotes \" and\nlines";
  spec.entries["step"].saved.push_back({"1", "sign", 0, 64, "0"});
  spec.entries["step"].inputs[1].ignored = -100;
  std::string text = toJson(spec);
  auto again = programFromJson(text);
  ASSERT_TRUE(again) << again.message();
  EXPECT_EQ(toJson(*again), text);
  const EntrySpec &entry = again->entries["step"];
  EXPECT_EQ(entry.launches[2].args[3].kind, Place::State);
  EXPECT_EQ(entry.launches[0].args[1].kind, Place::Input);
  EXPECT_EQ(entry.launches[0].args[1].value, 1);
  EXPECT_EQ(entry.inputs[1].classes, tiny::classes);
  EXPECT_TRUE(entry.inputs[1].isLabel);
  EXPECT_EQ(entry.inputs[1].ignored, -100);
  EXPECT_FALSE(entry.inputs[0].ignored.has_value());
  EXPECT_EQ(entry.saved[1].sharedWith, "0");
  EXPECT_EQ(again->state[0].fill, 0.5);
  EXPECT_EQ(again->extra["text"], spec.extra["text"]);

  auto entryAgain = entryFromJson(toJson(entry));
  ASSERT_TRUE(entryAgain) << entryAgain.message();
  EXPECT_EQ(toJson(*entryAgain), toJson(entry));
}

TEST(ProgramSpec, NamesWhatIsWrong) {
  EXPECT_EQ(errorAfter("\"version\": 2", "\"version\": 3"),
            "program: written by a newer auxact: program version 3, this build "
            "reads up to 2");
  EXPECT_EQ(errorAfter("\"version\": 2", "\"version\": 0"),
            "program: expected a program version of at least 1, got 0");
  EXPECT_EQ(errorAfter("\"state_bytes\"", "\"bytes_of_state\""),
            "program: missing key 'state_bytes'");
  EXPECT_EQ(errorAfter("\"kernel\": 1", "\"kernel\": \"one\""),
            "entries.step.launches[1].kernel: expected an integer, got "
            "\"one\"");
  EXPECT_EQ(errorAfter("\"kernel\": 1", "\"kernel\": 1.5"),
            "entries.step.launches[1].kernel: expected an integer, got 1.5");
  EXPECT_EQ(errorAfter("\"kernel\": 1", "\"kernel\": 18446744073709551615"),
            "entries.step.launches[1].kernel: expected an integer, got "
            "18446744073709551615");
  EXPECT_EQ(
      errorAfter("\"dtype\": \"f64\"", "\"dtype\": \"f16\""),
      "state[1].dtype: unknown dtype 'f16'; expected f32, bf16, f64, i32, "
      "i64 or i8");
  EXPECT_EQ(errorAfter("\"state\": 0", "\"stack\": 0"),
            "entries.step.launches[0].args[2]: unknown place 'stack'; expected "
            "arena, state or input");
  EXPECT_FALSE(programFromJson("not JSON"));
  EXPECT_FALSE(programFromJson("[]"));
  EXPECT_FALSE(programFromJson(""));
  EXPECT_FALSE(entryFromJson("{\"name\": \"step\"}"));
}

TEST(ProgramSpec, ChecksThatEverythingStaysInside) {
  auto problem = [](auto change) {
    ProgramSpec spec = tiny::makeSpec(2);
    change(spec, spec.entries["step"]);
    Error error = checkProgram(spec);
    EXPECT_TRUE(error);
    return error.message();
  };
  auto contains = [](const std::string &text, const char *part) {
    return text.find(part) != std::string::npos ? "" : text;
  };
  EXPECT_FALSE(checkProgram(tiny::makeSpec(2)));
  EXPECT_EQ("", contains(problem([](auto &spec, auto &) {
                           spec.state[0].shape = {47};
                         }),
                         "f32[47] has 188 bytes, not 192"));
  EXPECT_EQ("", contains(problem([](auto &spec, auto &) {
                           spec.state[1].offset = 200;
                         }),
                         "not a multiple of 64"));
  EXPECT_EQ("", contains(problem([](auto &spec, auto &) {
                           spec.state[1].name = "w";
                         }),
                         "used twice"));
  EXPECT_EQ("", contains(problem([](auto &, auto &entry) {
                           entry.launches[2].args[3].value = 1 << 20;
                         }),
                         "not inside the state of 256 bytes"));
  EXPECT_EQ("", contains(problem([](auto &, auto &entry) {
                           entry.launches[0].args[0].value = 2;
                         }),
                         "there is no input 2; the entry has 2"));
  EXPECT_EQ("", contains(problem([](auto &, auto &entry) {
                           entry.launches[0].workspaceOffset =
                               entry.arenaBytes - 64;
                         }),
                         "launch 0, workspace"));
  EXPECT_EQ("", contains(problem([](auto &, auto &entry) {
                           entry.inputs[0].shape = {int64_t(1) << 40,
                                                    int64_t(1) << 40};
                         }),
                         "impossible shape"));
  EXPECT_EQ("", contains(problem([](auto &, auto &entry) {
                           entry.outputs[0].place.value = -4;
                         }),
                         "output 'loss'"));
  EXPECT_EQ("", contains(problem([](auto &spec, auto &) {
                           spec.kernels[0].tasks = 0;
                         }),
                         "tasks: expected at least 1, got 0"));
}

TEST(ProgramSpec, ReplansForMoreThreads) {
  ProgramSpec spec = tiny::makeSpec(1);
  const EntrySpec &entry = spec.entries["step"];
  auto more = replanForThreads(entry, spec.kernels, 16);
  ASSERT_TRUE(more) << more.message();
  EXPECT_FALSE(checkEntry(spec, *more));
  EXPECT_EQ(more->threads, 16);
  std::vector<BufferRequest> requests;
  ArenaPlan plan;
  for (const BufferSpec &buffer : more->buffers) {
    requests.push_back({buffer.bytes, 64, buffer.first, buffer.last});
    plan.offsets.push_back(buffer.offset);
  }
  // No more slots than tasks.
  EXPECT_EQ(more->buffers.back().bytes,
            entry.buffers.back().bytes * tiny::tasks);
  plan.bytes = more->arenaBytes;
  plan.lowerBound = more->lowerBoundBytes;
  EXPECT_EQ(verifyArenaPlan(requests, plan), "");

  EntrySpec broken = entry;
  broken.buffers.erase(broken.buffers.begin() + 3);
  auto failed = replanForThreads(broken, spec.kernels, 16);
  EXPECT_FALSE(failed);
  EXPECT_EQ(failed.message(),
            "entry 'step' cannot be planned for more threads: no buffer in its "
            "list holds an argument of launch 0");
}
