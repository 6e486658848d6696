//===- Arena.cpp - The arena planner for Python ---------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// For property-based tests, which check the plans with a verifier of their own.
//
//===----------------------------------------------------------------------===//

#include "Module.h"
#include "auxact/Runtime/ArenaPlanner.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>

namespace nb = nanobind;
using namespace auxact::runtime;

using Request = std::tuple<int64_t, int64_t, int64_t, int64_t>;

void auxact::python::defineArena(nb::module_ &module) {
  module.def(
      "plan_arena",
      [](const std::vector<Request> &tuples) {
        std::vector<BufferRequest> requests;
        for (auto [bytes, alignment, first, last] : tuples)
          requests.push_back({bytes, alignment, first, last});
        if (std::string wrong = checkBufferRequests(requests); !wrong.empty())
          throw std::invalid_argument(wrong);
        ArenaPlan plan = planArena(requests);
        return std::make_tuple(plan.offsets, plan.bytes, plan.lowerBound);
      },
      nb::arg("requests"),
      "Plans (bytes, alignment, first use, last use) tuples: the offsets, the "
      "arena's bytes, and the lower bound.");
}
