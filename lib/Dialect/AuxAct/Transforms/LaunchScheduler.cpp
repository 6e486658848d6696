//===- LaunchScheduler.cpp - List scheduling for a low peak ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Orders of a dependency graph by the bytes alive at once.
//
//===----------------------------------------------------------------------===//

#include "LaunchScheduler.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace mlir::auxact;
using llvm::ArrayRef;
using llvm::SmallVector;

void LaunchGraph::addValue(int64_t bytes, ArrayRef<unsigned> members,
                           bool fromStart, bool toEnd) {
  for (unsigned member : members)
    valuesOf[member].push_back(values.size());
  values.push_back({bytes, SmallVector<unsigned>(members), fromStart, toEnd});
}

llvm::BitVector LaunchGraph::getAncestors(unsigned launch) const {
  llvm::BitVector seen(size());
  seen.set(launch);
  SmallVector<unsigned> stack = {launch};
  while (!stack.empty())
    for (unsigned before : predecessors[stack.pop_back_val()])
      if (!seen.test(before)) {
        seen.set(before);
        stack.push_back(before);
      }
  return seen;
}

int64_t LaunchGraph::getPeak(ArrayRef<unsigned> order) const {
  SmallVector<unsigned> position(size());
  for (auto [i, launch] : llvm::enumerate(order))
    position[launch] = i;
  SmallVector<int64_t> change(size() + 1, 0);
  for (const LiveValue &value : values) {
    if (value.members.empty() && !(value.fromStart && value.toEnd))
      continue;
    unsigned first = value.fromStart ? 0 : size(), last = 0;
    for (unsigned member : value.members) {
      first = std::min(first, position[member]);
      last = std::max(last, position[member]);
    }
    if (value.toEnd)
      last = std::max<unsigned>(size(), 1) - 1;
    change[first] += value.bytes;
    change[std::min(last + 1, size())] -= value.bytes;
  }
  int64_t peak = 0, live = 0;
  for (unsigned i = 0; i < size(); ++i)
    peak = std::max(peak, live += change[i]);
  return peak;
}

namespace {

/// Goes through the graph from the front or from the back. Both are one
/// algorithm: a value takes bytes once its first member is done and gives them
/// back with its last, whichever end one starts from.
class ListScheduler {
public:
  enum class Choice { Original, EagerFrees, Greedy };

  ListScheduler(const LaunchGraph &graph, bool fromBack);

  /// Fewer launches than the graph has when there is a cycle.
  SmallVector<unsigned> run(Choice choice);

private:
  /// Ready launches by what they free in excess of what they take, then by
  /// their place in the original order.
  using Key = std::pair<int64_t, unsigned>;

  unsigned rank(unsigned launch) const {
    return fromBack ? graph.size() - 1 - launch : launch;
  }
  Key key(unsigned launch) const { return {change[launch], rank(launch)}; }
  void adjust(unsigned launch, int64_t by);
  int64_t changeWithFollowers(unsigned launch) const;
  unsigned chooseGreedily() const;
  void finish(unsigned launch);

  const LaunchGraph &graph;
  bool fromBack;
  ArrayRef<SmallVector<unsigned>> before, after;
  SmallVector<unsigned> waitingFor;
  /// Bytes that the launch adds to what is alive behind it.
  SmallVector<int64_t> change;
  /// Of each value: members still to come (an end that keeps it alive counts),
  /// and whether it has taken its bytes.
  SmallVector<unsigned> open;
  llvm::BitVector taken;
  llvm::BitVector done;
  std::set<Key> ready;
  std::set<unsigned> readyByRank;
};

} // namespace

ListScheduler::ListScheduler(const LaunchGraph &graph, bool fromBack)
    : graph(graph), fromBack(fromBack),
      before(fromBack ? graph.successors : graph.predecessors),
      after(fromBack ? graph.predecessors : graph.successors),
      change(graph.size(), 0), taken(graph.values.size()), done(graph.size()) {
  for (auto [i, value] : llvm::enumerate(graph.values)) {
    bool atStart = fromBack ? value.toEnd : value.fromStart;
    bool atEnd = fromBack ? value.fromStart : value.toEnd;
    open.push_back(value.members.size() + (atEnd ? 1 : 0));
    if (atStart)
      taken.set(i);
    else
      for (unsigned member : value.members)
        change[member] += value.bytes;
    if (open.back() == 1 && !value.members.empty())
      change[value.members.front()] -= value.bytes;
  }
  for (unsigned launch = 0; launch < graph.size(); ++launch) {
    waitingFor.push_back(before[launch].size());
    if (waitingFor.back() == 0) {
      ready.insert(key(launch));
      readyByRank.insert(rank(launch));
    }
  }
}

void ListScheduler::adjust(unsigned launch, int64_t by) {
  if (done.test(launch))
    return;
  bool isReady = waitingFor[launch] == 0;
  if (isReady)
    ready.erase(key(launch));
  change[launch] += by;
  if (isReady)
    ready.insert(key(launch));
}

/// What is alive behind the launch and those that it alone holds up, as long as
/// they only give back: a weight gradient is judged with its update.
int64_t ListScheduler::changeWithFollowers(unsigned launch) const {
  int64_t best = change[launch];
  for (unsigned next : after[launch]) {
    if (waitingFor[next] != llvm::count(after[launch], next))
      continue;
    int64_t total = change[launch];
    for (unsigned id : graph.valuesOf[next]) {
      const LaunchGraph::LiveValue &value = graph.values[id];
      bool shared = llvm::is_contained(graph.valuesOf[launch], id);
      unsigned left = open[id] - (shared ? 1 : 0);
      if (!taken.test(id) && !shared)
        total += value.bytes;
      if (left == 1)
        total -= value.bytes;
    }
    best = std::min(best, total);
  }
  return best;
}

unsigned ListScheduler::chooseGreedily() const {
  auto launchOf = [&](unsigned r) { return rank(r); };
  if (ready.begin()->first <= 0)
    return launchOf(ready.begin()->second);
  // Everything takes bytes: look one launch ahead, at the most promising ones.
  constexpr unsigned kLookAt = 16;
  unsigned best = launchOf(ready.begin()->second), seen = 0;
  int64_t bestChange = changeWithFollowers(best);
  for (auto [bytes, r] : ready) {
    if (++seen > kLookAt)
      break;
    int64_t total = changeWithFollowers(launchOf(r));
    if (total < bestChange || (total == bestChange && r < rank(best))) {
      best = launchOf(r);
      bestChange = total;
    }
  }
  return best;
}

void ListScheduler::finish(unsigned launch) {
  ready.erase(key(launch));
  readyByRank.erase(rank(launch));
  done.set(launch);
  for (unsigned id : graph.valuesOf[launch]) {
    const LaunchGraph::LiveValue &value = graph.values[id];
    if (!taken.test(id)) {
      taken.set(id);
      for (unsigned member : value.members)
        adjust(member, -value.bytes);
    }
    // The last member gives the bytes back; an end that keeps it has none.
    if (--open[id] == 1)
      for (unsigned member : value.members)
        adjust(member, -value.bytes);
  }
  for (unsigned next : after[launch])
    if (--waitingFor[next] == 0) {
      ready.insert(key(next));
      readyByRank.insert(rank(next));
    }
}

SmallVector<unsigned> ListScheduler::run(Choice choice) {
  SmallVector<unsigned> order;
  while (!ready.empty()) {
    unsigned launch = rank(*readyByRank.begin());
    if (choice == Choice::Greedy)
      launch = chooseGreedily();
    else if (choice == Choice::EagerFrees && ready.begin()->first <= 0)
      launch = rank(ready.begin()->second);
    finish(launch);
    order.push_back(launch);
  }
  if (fromBack)
    std::reverse(order.begin(), order.end());
  return order;
}

std::optional<SmallVector<unsigned>>
mlir::auxact::findLowPeakOrder(const LaunchGraph &graph) {
  using Choice = ListScheduler::Choice;
  SmallVector<unsigned> best =
      ListScheduler(graph, /*fromBack=*/false).run(Choice::Original);
  if (best.size() != graph.size())
    return std::nullopt;
  int64_t peak = graph.getPeak(best);
  auto consider = [&](bool fromBack, Choice choice) {
    SmallVector<unsigned> order = ListScheduler(graph, fromBack).run(choice);
    int64_t orderPeak = graph.getPeak(order);
    if (orderPeak < peak) {
      best = order;
      peak = orderPeak;
    }
  };
  consider(/*fromBack=*/false, Choice::EagerFrees);
  consider(/*fromBack=*/true, Choice::EagerFrees);
  consider(/*fromBack=*/false, Choice::Greedy);
  consider(/*fromBack=*/true, Choice::Greedy);
  return best;
}
