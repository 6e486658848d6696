//===- ArenaPlanner.cpp - Offsets for buffers with known lifetimes --------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Every heuristic is an order of the buffers plus a choice of gap; one packer
// serves them all. While the best plan is above the lower bound, a local search
// moves buffers that touch the top, or one that is in their way, to another
// place in the order. All work is counted in steps of the packer's inner loop,
// so a plan depends on the requests alone, and 10,000 buffers take well under a
// second.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/ArenaPlanner.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

namespace auxact::runtime {

namespace {

/// Steps of the packer's inner loop (about a nanosecond each) that one plan may
/// cost beyond the first best-fit.
constexpr int64_t workBudget = 100'000'000;

/// The local search starts from several greedy plans, with this much work
/// each. It gives up after so many tries without a better plan, sooner when the
/// plan is within `goodGap` of the bound.
constexpr size_t searchStarts = 8;
constexpr int64_t searchBudget = 16'000'000;
constexpr int64_t longPatience = 10000, shortPatience = 1000;
constexpr double goodGap = 0.01;

constexpr int64_t tooLarge = std::numeric_limits<int64_t>::max();

/// A request with its bytes padded.
struct Item {
  int64_t bytes, alignment, first, last;
};

enum class Fit { First, Best };

using Order = std::vector<int32_t>;

int64_t roundUp(int64_t value, int64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

/// Who is alive together with whom; absent when the lists would be long, that
/// is, when a walk over all placed buffers is cheaper.
class Neighbours {
public:
  explicit Neighbours(const std::vector<Item> &items);

  bool isPresent() const { return !starts.empty(); }
  const int32_t *begin(int32_t index) const { return &all[starts[index]]; }
  const int32_t *end(int32_t index) const { return &all[starts[index + 1]]; }

private:
  std::vector<int64_t> starts;
  std::vector<int32_t> all;
};

Neighbours::Neighbours(const std::vector<Item> &items) {
  int64_t count = static_cast<int64_t>(items.size());
  Order byFirst(count);
  std::iota(byFirst.begin(), byFirst.end(), 0);
  std::stable_sort(byFirst.begin(), byFirst.end(), [&](int32_t a, int32_t b) {
    return items[a].first < items[b].first;
  });
  int64_t limit = std::min<int64_t>(count * count / 16, 4'000'000);
  std::vector<std::pair<int32_t, int32_t>> pairs;
  std::vector<int32_t> live;
  std::vector<int64_t> degrees(count + 1, 0);
  for (int32_t index : byFirst) {
    live.erase(std::remove_if(live.begin(), live.end(),
                              [&](int32_t other) {
                                return items[other].last < items[index].first;
                              }),
               live.end());
    for (int32_t other : live) {
      pairs.emplace_back(index, other);
      ++degrees[index];
      ++degrees[other];
    }
    live.push_back(index);
    if (static_cast<int64_t>(pairs.size()) > limit)
      return;
  }
  starts.assign(count + 1, 0);
  for (int64_t i = 0; i < count; ++i)
    starts[i + 1] = starts[i] + degrees[i];
  // One past the last list, so that an empty list has an address.
  all.resize(starts[count] + 1);
  std::vector<int64_t> next(starts.begin(), starts.end() - 1);
  for (auto [a, b] : pairs) {
    all[next[a]++] = b;
    all[next[b]++] = a;
  }
}

/// Puts buffers, in a given order, each into a gap between those that were put
/// before it and are alive with it.
class Packer {
public:
  Packer(const std::vector<Item> &items, const Neighbours &neighbours,
         int64_t budget)
      : items(items), neighbours(neighbours), budget(budget),
        offsets(items.size()), rounds(items.size(), 0) {
    placed.reserve(items.size());
  }

  /// The arena's size, or `tooLarge` when it would reach `limit` or when the
  /// budget is spent.
  int64_t pack(const Order &order, Fit fit, int64_t limit);

  bool isExhausted() const { return budget <= 0; }
  const std::vector<int64_t> &getOffsets() const { return offsets; }

private:
  struct Placed {
    int64_t offset, end, first, last;
  };

  int64_t findOffset(const Item &item, Fit fit);
  void gatherPlacedNeighbours(int32_t index);

  const std::vector<Item> &items;
  const Neighbours &neighbours;
  int64_t budget;
  int32_t round = 0;
  std::vector<int64_t> offsets;
  std::vector<int32_t> rounds; // the round in which a buffer was placed last
  std::vector<Placed> placed;  // by offset
};

void Packer::gatherPlacedNeighbours(int32_t index) {
  placed.clear();
  const int32_t *end = neighbours.end(index);
  for (const int32_t *other = neighbours.begin(index); other != end; ++other) {
    --budget;
    if (rounds[*other] != round)
      continue;
    const Item &item = items[*other];
    placed.push_back(
        {offsets[*other], offsets[*other] + item.bytes, item.first, item.last});
  }
  std::sort(placed.begin(), placed.end(), [](const Placed &a, const Placed &b) {
    return a.offset < b.offset;
  });
  budget -= 4 * static_cast<int64_t>(placed.size()); // the sort
}

int64_t Packer::findOffset(const Item &item, Fit fit) {
  int64_t top = 0; // the end of all conflicting buffers seen so far
  int64_t best = -1, bestGap = tooLarge;
  for (const Placed &other : placed) {
    --budget;
    if (other.last < item.first || item.last < other.first)
      continue;
    int64_t start = roundUp(top, item.alignment);
    int64_t gap = other.offset - start;
    if (gap >= item.bytes && gap < bestGap) {
      if (fit == Fit::First)
        return start;
      best = start;
      bestGap = gap;
    }
    top = std::max(top, other.end);
  }
  return best >= 0 ? best : roundUp(top, item.alignment);
}

int64_t Packer::pack(const Order &order, Fit fit, int64_t limit) {
  placed.clear();
  ++round;
  int64_t bytes = 0;
  for (int32_t index : order) {
    const Item &item = items[index];
    if (neighbours.isPresent())
      gatherPlacedNeighbours(index);
    int64_t offset = findOffset(item, fit);
    int64_t end = offset + item.bytes;
    if (end >= limit || budget <= 0)
      return tooLarge;
    bytes = std::max(bytes, end);
    offsets[index] = offset;
    rounds[index] = round;
    if (neighbours.isPresent())
      continue;
    auto position = std::upper_bound(placed.begin(), placed.end(), offset,
                                     [](int64_t value, const Placed &other) {
                                       return value < other.offset;
                                     });
    placed.insert(position, {offset, end, item.first, item.last});
  }
  return bytes;
}

/// A small generator with a fixed seed: the standard's distributions are not
/// the same everywhere.
class Random {
public:
  int64_t below(int64_t bound) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int64_t>((state >> 33) % static_cast<uint64_t>(bound));
  }

private:
  uint64_t state = 0x9e3779b97f4a7c15ULL;
};

/// A plan, and the order that made it.
struct Candidate {
  std::vector<int64_t> offsets;
  Order order;
  Fit fit;
  int64_t bytes;
};

/// For each item, the most live bytes at any time of its life.
std::vector<int64_t> computePressure(const std::vector<Item> &items) {
  // Live bytes change only where a life begins, so those times are enough.
  std::vector<int64_t> times;
  for (const Item &item : items)
    times.push_back(item.first);
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  auto indexOf = [&](int64_t time) {
    return std::upper_bound(times.begin(), times.end(), time) - times.begin() -
           1;
  };
  std::vector<int64_t> live(times.size() + 1, 0);
  for (const Item &item : items) {
    live[indexOf(item.first)] += item.bytes;
    live[indexOf(item.last) + 1] -= item.bytes;
  }
  std::partial_sum(live.begin(), live.end(), live.begin());

  // maxima[k][i] is the maximum of live[i, i + 2^k).
  std::vector<std::vector<int64_t>> maxima = {live};
  for (size_t width = 1; 2 * width <= live.size(); width *= 2) {
    const std::vector<int64_t> &half = maxima.back();
    std::vector<int64_t> whole(live.size() - 2 * width + 1);
    for (size_t i = 0; i < whole.size(); ++i)
      whole[i] = std::max(half[i], half[i + width]);
    maxima.push_back(std::move(whole));
  }
  std::vector<int64_t> pressure;
  for (const Item &item : items) {
    int64_t from = indexOf(item.first), to = indexOf(item.last) + 1;
    int64_t level = 0;
    while ((int64_t(2) << level) <= to - from)
      ++level;
    pressure.push_back(std::max(maxima[level][from],
                                maxima[level][to - (int64_t(1) << level)]));
  }
  return pressure;
}

/// The greedy orders. Ties fall back to the request's index, so that an order
/// is unique.
std::vector<Order> makeOrders(const std::vector<Item> &items,
                              const Order &nonEmpty) {
  using Key = std::function<int64_t(const Item &)>;
  std::vector<int64_t> pressure = computePressure(items);
  auto lifetime = [](const Item &item) { return item.last - item.first + 1; };
  auto sorted = [&](std::vector<Key> keys) {
    Order order = nonEmpty;
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      for (const Key &key : keys) {
        int64_t left = key(items[a]), right = key(items[b]);
        if (left != right)
          return left < right;
      }
      return a < b;
    });
    return order;
  };

  Key largest = [](const Item &item) { return -item.bytes; };
  Key longest = [=](const Item &item) { return -lifetime(item); };
  Key area = [=](const Item &item) {
    double product = static_cast<double>(item.bytes) * lifetime(item);
    return -static_cast<int64_t>(std::min(product, 9e18));
  };
  Key earliest = [](const Item &item) { return item.first; };
  Key pressed = [&](const Item &item) {
    return -pressure[&item - items.data()];
  };
  Key latest = [](const Item &item) { return -item.last; };
  return {sorted({pressed, longest}),  sorted({area, earliest}),
          sorted({pressed, largest}),  sorted({largest, earliest}),
          sorted({longest, largest}),  sorted({earliest, longest}),
          sorted({earliest, largest}), sorted({latest, longest})};
}

/// Tries moves in the packing order until the plan meets the bound. A move that
/// is no worse is kept: most plateaus have a way down.
void improve(const std::vector<Item> &items, const Neighbours &neighbours,
             int64_t lowerBound, Candidate &best) {
  Packer packer(items, neighbours, searchBudget);
  Random random;
  Order order = best.order;
  std::vector<int64_t> offsets = best.offsets;
  int64_t bytes = best.bytes;
  int64_t count = static_cast<int64_t>(order.size());
  std::vector<int64_t> critical; // positions in `order`

  auto patience = [&] {
    bool isGood = best.bytes <= lowerBound * (1 + goodGap);
    return isGood ? shortPatience : longPatience;
  };
  for (int64_t tries = 0; best.bytes > lowerBound && tries < patience();
       ++tries) {
    // Who touches the top; and, half of the time, who is alive with one of
    // them: it may stand in its way.
    critical.clear();
    for (int64_t i = 0; i < count; ++i)
      if (offsets[order[i]] + items[order[i]].bytes == bytes)
        critical.push_back(i);
    int64_t from = critical[random.below(critical.size())];
    if (random.below(2)) {
      const Item &top = items[order[from]];
      critical.clear();
      for (int64_t i = 0; i < count; ++i)
        if (items[order[i]].first <= top.last &&
            top.first <= items[order[i]].last)
          critical.push_back(i);
      from = critical[random.below(critical.size())];
    }
    // To the front, somewhat earlier, or anywhere.
    int64_t to = 0;
    if (int64_t kind = random.below(3))
      to = random.below(kind == 1 ? from + 1 : count);

    Order candidate = order;
    if (random.below(4) == 0) {
      // Networks repeat themselves: everything that touches the top, at once.
      std::stable_partition(
          candidate.begin(), candidate.begin() + from + 1,
          [&](int32_t i) { return offsets[i] + items[i].bytes == bytes; });
    } else {
      int32_t moved = candidate[from];
      candidate.erase(candidate.begin() + from);
      candidate.insert(candidate.begin() + to, moved);
    }
    int64_t size = packer.pack(candidate, best.fit, bytes + 1);
    if (packer.isExhausted())
      return;
    if (size == tooLarge)
      continue;
    order = std::move(candidate);
    offsets = packer.getOffsets();
    bytes = size;
    if (bytes < best.bytes) {
      best.bytes = bytes;
      best.offsets = offsets;
      best.order = order;
      tries = 0;
    }
  }
}

std::vector<Item> padRequests(const std::vector<BufferRequest> &requests) {
  std::vector<Item> items;
  items.reserve(requests.size());
  for (const BufferRequest &request : requests)
    items.push_back({roundUp(request.bytes, request.alignment),
                     request.alignment, request.first, request.last});
  return items;
}

} // namespace

std::string checkBufferRequests(const std::vector<BufferRequest> &requests) {
  for (size_t i = 0; i < requests.size(); ++i) {
    const BufferRequest &request = requests[i];
    std::string buffer = "buffer " + std::to_string(i);
    if (request.bytes < 0)
      return buffer + " has " + std::to_string(request.bytes) + " bytes";
    if (request.alignment <= 0 || (request.alignment & (request.alignment - 1)))
      return buffer + ": the alignment must be a power of two, got " +
             std::to_string(request.alignment);
    if (request.first > request.last)
      return buffer + ": the last use, " + std::to_string(request.last) +
             ", is before the first, " + std::to_string(request.first);
  }
  return {};
}

int64_t arenaLowerBound(const std::vector<BufferRequest> &requests) {
  std::vector<std::pair<int64_t, int64_t>> changes; // time, bytes
  for (const BufferRequest &request : requests) {
    int64_t bytes = roundUp(request.bytes, request.alignment);
    changes.emplace_back(request.first, bytes);
    changes.emplace_back(request.last + 1, -bytes);
  }
  // Deaths sort before births at the same time: their change is negative.
  std::sort(changes.begin(), changes.end());
  int64_t live = 0, most = 0;
  for (auto [time, bytes] : changes) {
    live += bytes;
    most = std::max(most, live);
  }
  return most;
}

ArenaPlan planArenaBestFit(const std::vector<BufferRequest> &requests) {
  std::vector<Item> items = padRequests(requests);
  Order order(items.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    if (items[a].first != items[b].first)
      return items[a].first < items[b].first;
    if (items[a].bytes != items[b].bytes)
      return items[a].bytes > items[b].bytes;
    return a < b;
  });

  ArenaPlan plan;
  plan.offsets.assign(items.size(), 0);
  plan.lowerBound = arenaLowerBound(requests);
  std::vector<int32_t> live; // by offset
  int64_t now = std::numeric_limits<int64_t>::min();
  for (int32_t index : order) {
    const Item &item = items[index];
    if (item.bytes == 0)
      continue;
    if (item.first != now) {
      now = item.first;
      live.erase(std::remove_if(
                     live.begin(), live.end(),
                     [&](int32_t other) { return items[other].last < now; }),
                 live.end());
    }
    int64_t top = 0, best = -1, bestGap = tooLarge;
    size_t position = live.size();
    for (size_t i = 0; i < live.size(); ++i) {
      int64_t start = roundUp(top, item.alignment);
      int64_t gap = plan.offsets[live[i]] - start;
      if (gap >= item.bytes && gap < bestGap) {
        best = start;
        bestGap = gap;
        position = i;
      }
      top = plan.offsets[live[i]] + items[live[i]].bytes;
    }
    plan.offsets[index] = best >= 0 ? best : roundUp(top, item.alignment);
    live.insert(live.begin() + position, index);
    plan.bytes = std::max(plan.bytes, plan.offsets[index] + item.bytes);
  }
  return plan;
}

ArenaPlan planArena(const std::vector<BufferRequest> &requests) {
  ArenaPlan plan = planArenaBestFit(requests);
  if (plan.bytes == plan.lowerBound)
    return plan;

  std::vector<Item> items = padRequests(requests);
  Order nonEmpty;
  for (size_t i = 0; i < items.size(); ++i)
    if (items[i].bytes != 0)
      nonEmpty.push_back(static_cast<int32_t>(i));

  // The greedy plans, best first.
  Neighbours neighbours(items);
  Packer packer(items, neighbours, workBudget);
  std::vector<Candidate> candidates;
  for (const Order &order : makeOrders(items, nonEmpty))
    for (Fit fit : {Fit::First, Fit::Best}) {
      if (packer.isExhausted())
        break;
      int64_t bytes = packer.pack(order, fit, tooLarge);
      if (bytes != tooLarge)
        candidates.push_back({packer.getOffsets(), order, fit, bytes});
    }
  std::stable_sort(
      candidates.begin(), candidates.end(),
      [](const Candidate &a, const Candidate &b) { return a.bytes < b.bytes; });
  if (candidates.empty())
    return plan;
  // Plans of one size are often variants of one another and end alike.
  auto sameSize = [](const Candidate &a, const Candidate &b) {
    return a.bytes == b.bytes;
  };
  candidates.erase(std::unique(candidates.begin(), candidates.end(), sameSize),
                   candidates.end());
  Candidate best = candidates.front();
  for (size_t i = 0; i < candidates.size() && i < searchStarts &&
                     best.bytes > plan.lowerBound;
       ++i) {
    improve(items, neighbours, plan.lowerBound, candidates[i]);
    if (candidates[i].bytes < best.bytes)
      best = candidates[i];
  }
  if (best.bytes < plan.bytes) {
    plan.offsets = std::move(best.offsets);
    plan.bytes = best.bytes;
    for (size_t i = 0; i < items.size(); ++i)
      if (items[i].bytes == 0)
        plan.offsets[i] = 0;
  }
  return plan;
}

} // namespace auxact::runtime
