//===- ArenaPlannerTest.cpp - Properties of arena plans -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/ArenaPlanner.h"
#include "auxact/Runtime/ArenaVerifier.h"

#include <gtest/gtest.h>

#include <ctime>
#include <random>

using namespace auxact::runtime;

using Requests = std::vector<BufferRequest>;

namespace {
/// Plans, verifies, and compares with the yardstick.
ArenaPlan planAndCheck(const Requests &requests) {
  EXPECT_EQ(checkBufferRequests(requests), "");
  ArenaPlan plan = planArena(requests);
  EXPECT_EQ(verifyArenaPlan(requests, plan), "");
  ArenaPlan bestFit = planArenaBestFit(requests);
  EXPECT_EQ(verifyArenaPlan(requests, bestFit), "");
  EXPECT_LE(plan.bytes, bestFit.bytes);
  EXPECT_GE(plan.bytes, plan.lowerBound);
  EXPECT_EQ(plan.lowerBound, arenaLowerBound(requests));
  return plan;
}

Requests randomRequests(int64_t count, int64_t times, int64_t life,
                        int64_t maxBytes, bool mixedAlignments,
                        std::mt19937 &random) {
  Requests requests;
  for (int64_t i = 0; i < count; ++i) {
    int64_t first = random() % times;
    requests.push_back({static_cast<int64_t>(random() % maxBytes),
                        mixedAlignments ? int64_t(1) << (random() % 12) : 64,
                        first, first + static_cast<int64_t>(random() % life)});
  }
  return requests;
}

/// A training step of a perceptron: per layer a saved input (as bits or whole),
/// a temporary, gradients, and workspaces. Widths differ by layer.
Requests perceptron(int64_t layers, int64_t batch, bool bits,
                    std::mt19937 &random) {
  Requests requests;
  std::vector<int64_t> width(layers + 1);
  for (int64_t &value : width)
    value = 16 * (1 + random() % 80);
  for (int64_t i = 0; i < layers; ++i) {
    int64_t backward = layers + 1 + 3 * (layers - 1 - i);
    int64_t made = std::max<int64_t>(i - 1, 0);
    int64_t activation = width[i] * batch * 4;
    requests.push_back(
        {bits ? activation / 32 : activation, 64, made, backward});
    if (bits)
      requests.push_back({activation, 64, made, i});
    int64_t weight = width[i] * width[i + 1] * 4;
    requests.push_back({weight, 64, backward, backward + 1});
    requests.push_back({width[i + 1] * 4, 64, backward, backward + 1});
    requests.push_back(
        {width[i + 1] * batch * 4, 64, backward - 2, backward + 2});
    requests.push_back({600000, 64, i, i});
    requests.push_back({400000, 64, backward, backward});
    requests.push_back({150000, 64, backward + 1, backward + 1});
  }
  return requests;
}

/// A residual network: the stream is alive across each block.
Requests residual(int64_t blocks, bool bits) {
  Requests requests;
  int64_t stream = 512 * 256 * 4, inner = 1024 * 256 * 4;
  int64_t weight = 512 * 1024 * 4, forward = 3 * blocks;
  for (int64_t b = 0; b < blocks; ++b) {
    int64_t first = 3 * b, back = forward + 2 + 6 * (blocks - 1 - b);
    if (bits) {
      requests.push_back({stream / 32, 64, first, back + 4});
      requests.push_back({inner / 32, 64, first + 1, back + 1});
      requests.push_back({inner, 64, first + 1, first + 2});
    } else {
      requests.push_back({inner, 64, first + 1, back + 1});
    }
    requests.push_back({stream, 64, first, bits ? first + 2 : back + 4});
    requests.push_back({inner, 64, back, back + 4});
    requests.push_back({stream, 64, back - 1, back + 5});
    requests.push_back({weight, 64, back, back + 1});
    requests.push_back({weight, 64, back + 3, back + 4});
    for (int64_t i = 0; i < 3; ++i)
      requests.push_back({200000 + 6400 * i, 64, first + i, first + i});
    for (int64_t i = 0; i < 6; ++i)
      requests.push_back({300000 + 6400 * i, 64, back + i, back + i});
  }
  return requests;
}
} // namespace

TEST(ArenaPlanner, HandlesTrivialRequests) {
  EXPECT_EQ(planAndCheck({}).bytes, 0);
  EXPECT_EQ(planAndCheck({{0, 64, 0, 0}}).bytes, 0);
  EXPECT_EQ(planAndCheck({{1, 64, 3, 3}}).bytes, 64);
  // One after the other: the same place.
  EXPECT_EQ(planAndCheck({{100, 64, 0, 1}, {128, 64, 2, 3}}).bytes, 128);
  // Both alive at launch 1.
  EXPECT_EQ(planAndCheck({{100, 64, 0, 1}, {128, 64, 1, 3}}).bytes, 256);
}

TEST(ArenaPlanner, NamesBadRequests) {
  EXPECT_NE(checkBufferRequests({{-1, 64, 0, 0}}).find("-1 bytes"),
            std::string::npos);
  EXPECT_NE(checkBufferRequests({{1, 48, 0, 0}}).find("power of two, got 48"),
            std::string::npos);
  EXPECT_NE(checkBufferRequests({{1, 64, 0, 0}, {1, 64, 5, 4}})
                .find("buffer 1: the last use, 4, is before the first, 5"),
            std::string::npos);
}

TEST(ArenaPlanner, FindsWhatBestFitMisses) {
  // Best-fit puts the second buffer above the first, and the third, which
  // outlives the first, cannot use the gap.
  Requests requests = {{64, 64, 0, 1},
                       {64, 64, 0, 4},
                       {64, 64, 1, 2},
                       {128, 64, 3, 4},
                       {64, 64, 2, 3}};
  ArenaPlan plan = planAndCheck(requests);
  EXPECT_EQ(plan.bytes, plan.lowerBound);
}

TEST(ArenaPlanner, StaysNearTheBoundOnPerceptrons) {
  std::mt19937 random(7);
  for (int64_t layers : {2, 3, 4, 5, 8, 16, 50})
    for (int64_t batch : {1, 64, 512})
      for (bool bits : {false, true}) {
        ArenaPlan plan = planAndCheck(perceptron(layers, batch, bits, random));
        EXPECT_LE(plan.gap(), 0.02) << layers << " layers, batch " << batch
                                    << (bits ? ", bits" : ", exact");
      }
}

TEST(ArenaPlanner, StaysNearTheBoundOnResidualNetworks) {
  for (int64_t blocks : {1, 2, 4, 8, 12, 16, 24, 32, 40})
    for (bool bits : {false, true})
      EXPECT_LE(planAndCheck(residual(blocks, bits)).gap(), 0.02)
          << blocks << " blocks" << (bits ? ", bits" : ", exact");
}

TEST(ArenaPlanner, IsRightOnRandomRequests) {
  std::mt19937 random(11);
  for (int64_t round = 0; round < 100; ++round) {
    int64_t count = 1 + random() % 60;
    planAndCheck(randomRequests(count, 1 + random() % 40, 1 + random() % 20,
                                1 + random() % 5000, round % 2, random));
  }
}

TEST(ArenaPlanner, IsDeterministic) {
  std::mt19937 random(13);
  Requests requests = randomRequests(200, 100, 30, 100000, true, random);
  ArenaPlan first = planArena(requests), second = planArena(requests);
  EXPECT_EQ(first.offsets, second.offsets);
}

TEST(ArenaPlanner, TakesTenThousandBuffersInUnderASecond) {
  std::mt19937 random(17);
  std::vector<std::pair<const char *, Requests>> cases;
  cases.emplace_back("short lives",
                     randomRequests(10000, 10000, 30, 100000, false, random));
  cases.emplace_back("long lives",
                     randomRequests(10000, 1000, 300, 100000, true, random));
  cases.emplace_back("nearly all alive at once",
                     randomRequests(10000, 10000, 20000, 100000, true, random));
  Requests nested, sliding, comb;
  for (int64_t i = 0; i < 10000; ++i) {
    nested.push_back({64 + 64 * (i % 7), 64, i, 20000 - i});
    sliding.push_back({64 + 64 * (i % 7), 64, i, i + 5000});
    // Every second one stays: the gaps between are never large enough.
    comb.push_back({64 * (1 + i / 2), 64, i, i % 2 ? i : 20000});
  }
  cases.emplace_back("nested", nested);
  cases.emplace_back("sliding", sliding);
  cases.emplace_back("comb", comb);
  for (const auto &[name, requests] : cases) {
    // The planner has one thread: its processor time does not depend on what
    // else the machine does.
    std::clock_t start = std::clock();
    ArenaPlan plan = planArena(requests);
    double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    EXPECT_EQ(verifyArenaPlan(requests, plan), "") << name;
    EXPECT_LE(plan.bytes, planArenaBestFit(requests).bytes) << name;
    EXPECT_LT(seconds, 1.0) << name;
  }
}

TEST(ArenaVerifier, RejectsWrongPlans) {
  Requests requests = {{100, 64, 0, 2}, {100, 64, 1, 3}, {100, 64, 3, 4}};
  ArenaPlan good = planArena(requests);
  ASSERT_EQ(verifyArenaPlan(requests, good), "");
  auto problem = [&](auto change) {
    ArenaPlan plan = good;
    change(plan);
    return verifyArenaPlan(requests, plan);
  };
  EXPECT_NE(problem([](ArenaPlan &plan) {
              plan.offsets[0] = plan.offsets[1];
            }).find("overlaps"),
            std::string::npos);
  EXPECT_NE(problem([](ArenaPlan &plan) {
              plan.offsets[2] += 32;
            }).find("not a multiple of 64"),
            std::string::npos);
  EXPECT_NE(problem([](ArenaPlan &plan) {
              plan.bytes -= 64;
            }).find("exceeds the arena"),
            std::string::npos);
  EXPECT_NE(problem([](ArenaPlan &plan) {
              plan.lowerBound -= 1;
            }).find("lower bound"),
            std::string::npos);
  EXPECT_NE(problem([](ArenaPlan &plan) {
              plan.offsets.pop_back();
            }).find("2 offsets for 3 buffers"),
            std::string::npos);
}
