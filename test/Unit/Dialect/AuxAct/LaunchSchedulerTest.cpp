//===- LaunchSchedulerTest.cpp - Orders of random graphs ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "../../../../lib/Dialect/AuxAct/Transforms/LaunchScheduler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>

using namespace mlir::auxact;
using Order = llvm::SmallVector<unsigned>;

namespace {

/// Each launch makes a value that one to three later ones read; some are
/// inputs, some are returned.
LaunchGraph makeGraph(unsigned launches, std::mt19937 &random) {
  LaunchGraph graph(launches);
  auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  for (unsigned launch = 0; launch < launches; ++launch) {
    Order members = {launch};
    unsigned later = launches - launch - 1;
    for (unsigned i = 0; later > 0 && i < below(3); ++i) {
      unsigned reader = launch + 1 + below(std::min(later, 6u));
      if (llvm::is_contained(members, reader))
        continue;
      members.push_back(reader);
      graph.addEdge(launch, reader);
    }
    graph.addValue(64 * (1 + below(16)), members, /*fromStart=*/false,
                   /*toEnd=*/below(8) == 0);
  }
  graph.addValue(64 * (1 + below(16)), {below(launches)}, /*fromStart=*/true,
                 /*toEnd=*/false);
  return graph;
}

bool isAnOrder(const LaunchGraph &graph, llvm::ArrayRef<unsigned> order) {
  Order position(graph.size(), graph.size());
  for (unsigned i = 0; i < order.size(); ++i)
    position[order[i]] = i;
  for (unsigned launch = 0; launch < graph.size(); ++launch)
    for (unsigned next : graph.successors[launch])
      if (position[launch] >= position[next])
        return false;
  return order.size() == graph.size();
}

Order originalOrder(unsigned launches) {
  Order order(launches);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

TEST(LaunchScheduler, NeverWorseThanTheOriginalOrder) {
  std::mt19937 random(1);
  for (unsigned round = 0; round < 300; ++round) {
    LaunchGraph graph = makeGraph(2 + random() % 40, random);
    std::optional<Order> order = findLowPeakOrder(graph);
    ASSERT_TRUE(order);
    ASSERT_TRUE(isAnOrder(graph, *order));
    EXPECT_LE(graph.getPeak(*order),
              graph.getPeak(originalOrder(graph.size())));
  }
}

TEST(LaunchScheduler, NearTheBestOrderOfSmallGraphs) {
  std::mt19937 random(2);
  double found = 0, best = 0, original = 0;
  for (unsigned round = 0; round < 60; ++round) {
    LaunchGraph graph = makeGraph(9, random);
    Order order = originalOrder(graph.size());
    int64_t least = graph.getPeak(order);
    original += least;
    do {
      if (isAnOrder(graph, order))
        least = std::min(least, graph.getPeak(order));
    } while (std::next_permutation(order.begin(), order.end()));
    best += least;
    found += graph.getPeak(*findLowPeakOrder(graph));
  }
  EXPECT_LE(found, 1.02 * best) << "original order: " << original / best;
}

TEST(LaunchScheduler, ManyLaunches) {
  std::mt19937 random(3);
  LaunchGraph graph = makeGraph(10000, random);
  auto start = std::chrono::steady_clock::now();
  std::optional<Order> order = findLowPeakOrder(graph);
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(order);
  EXPECT_TRUE(isAnOrder(graph, *order));
  EXPECT_LT(seconds.count(), 5.0);
}

TEST(LaunchScheduler, Cycle) {
  LaunchGraph graph(3);
  graph.addEdge(0, 1);
  graph.addEdge(1, 2);
  graph.addEdge(2, 1);
  EXPECT_FALSE(findLowPeakOrder(graph));
}

TEST(LaunchScheduler, NoLaunches) {
  std::optional<Order> order = findLowPeakOrder(LaunchGraph(0));
  ASSERT_TRUE(order);
  EXPECT_TRUE(order->empty());
}

/// Two gradients, each with an update that frees it; updates come last.
TEST(LaunchScheduler, UpdatesComeAtOnce) {
  LaunchGraph graph(4);
  graph.addEdge(0, 2);
  graph.addEdge(1, 3);
  graph.addValue(1024, {0, 2}, false, false);
  graph.addValue(1024, {1, 3}, false, false);
  std::optional<Order> order = findLowPeakOrder(graph);
  ASSERT_TRUE(order);
  EXPECT_EQ(graph.getPeak(*order), 1024);
}

} // namespace
