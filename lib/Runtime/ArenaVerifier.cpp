//===- ArenaVerifier.cpp - Independent check of arena plans ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Events in time order: at each moment the dead leave an ordered map of
// occupied ranges, then the newly born enter it and are compared with their two
// neighbours only. Ranges in the map never overlap, so neighbours are enough.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/ArenaVerifier.h"

#include <algorithm>
#include <map>
#include <sstream>

namespace auxact::runtime {

namespace {
struct Event {
  int64_t time;
  bool isBirth; // deaths come first: a death is at last + 1
  size_t buffer;

  bool operator<(const Event &other) const {
    if (time != other.time)
      return time < other.time;
    if (isBirth != other.isBirth)
      return !isBirth;
    return buffer < other.buffer;
  }
};
} // namespace

static int64_t paddedBytes(const BufferRequest &request) {
  int64_t mask = request.alignment - 1;
  return (request.bytes + mask) & ~mask;
}

static std::string describe(const std::vector<BufferRequest> &requests,
                            const ArenaPlan &plan, size_t buffer) {
  std::ostringstream text;
  text << "buffer " << buffer << " at [" << plan.offsets[buffer] << ", "
       << plan.offsets[buffer] + paddedBytes(requests[buffer])
       << ") bytes, alive in [" << requests[buffer].first << ", "
       << requests[buffer].last << "]";
  return text.str();
}

std::string verifyArenaPlan(const std::vector<BufferRequest> &requests,
                            const ArenaPlan &plan) {
  std::ostringstream text;
  if (plan.offsets.size() != requests.size()) {
    text << "the plan has " << plan.offsets.size() << " offsets for "
         << requests.size() << " buffers";
    return text.str();
  }

  std::vector<Event> events;
  for (size_t i = 0; i < requests.size(); ++i) {
    const BufferRequest &request = requests[i];
    bool isPowerOfTwo = request.alignment > 0 &&
                        (request.alignment & (request.alignment - 1)) == 0;
    if (request.bytes < 0 || !isPowerOfTwo || request.first > request.last) {
      text << "buffer " << i << " is not a valid request: " << request.bytes
           << " bytes, alignment " << request.alignment << ", alive in ["
           << request.first << ", " << request.last << "]";
      return text.str();
    }
    if (plan.offsets[i] < 0 || (plan.offsets[i] & (request.alignment - 1))) {
      text << describe(requests, plan, i)
           << ": the offset is not a multiple of " << request.alignment;
      return text.str();
    }
    if (plan.offsets[i] + paddedBytes(request) > plan.bytes) {
      text << describe(requests, plan, i) << " exceeds the arena of "
           << plan.bytes << " bytes";
      return text.str();
    }
    if (request.bytes == 0)
      continue;
    events.push_back({request.first, /*isBirth=*/true, i});
    events.push_back({request.last + 1, /*isBirth=*/false, i});
  }
  std::sort(events.begin(), events.end());

  std::map<int64_t, size_t> occupied; // offset -> buffer
  int64_t live = 0, mostLive = 0;
  for (const Event &event : events) {
    int64_t bytes = paddedBytes(requests[event.buffer]);
    int64_t offset = plan.offsets[event.buffer];
    if (!event.isBirth) {
      occupied.erase(offset);
      live -= bytes;
      continue;
    }
    auto next = occupied.lower_bound(offset);
    if (next != occupied.end() && next->first < offset + bytes)
      return describe(requests, plan, event.buffer) + " overlaps " +
             describe(requests, plan, next->second);
    if (next != occupied.begin()) {
      auto previous = std::prev(next);
      if (previous->first + paddedBytes(requests[previous->second]) > offset)
        return describe(requests, plan, event.buffer) + " overlaps " +
               describe(requests, plan, previous->second);
    }
    occupied.emplace(offset, event.buffer);
    live += bytes;
    mostLive = std::max(mostLive, live);
  }
  if (plan.lowerBound != mostLive) {
    text << "the plan states a lower bound of " << plan.lowerBound
         << " bytes, but the most live bytes are " << mostLive;
    return text.str();
  }
  return {};
}

} // namespace auxact::runtime
