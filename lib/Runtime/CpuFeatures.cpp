//===- CpuFeatures.cpp - Can this CPU run these kernels? ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Runtime/Bundle.h"

#include <sstream>

namespace auxact::runtime {

/// Features that generated code may use. One that is not listed here (tuning
/// hints, mostly) is taken to be present.
static bool hasFeature(const std::string &name) {
#if defined(__x86_64__)
  __builtin_cpu_init();
#define AUXACT_FEATURE(FEATURE)                                                \
  if (name == FEATURE)                                                         \
    return __builtin_cpu_supports(FEATURE);
  AUXACT_FEATURE("sse4.1")
  AUXACT_FEATURE("sse4.2")
  AUXACT_FEATURE("avx")
  AUXACT_FEATURE("avx2")
  AUXACT_FEATURE("fma")
  AUXACT_FEATURE("bmi")
  AUXACT_FEATURE("bmi2")
  AUXACT_FEATURE("avx512f")
  AUXACT_FEATURE("avx512bw")
  AUXACT_FEATURE("avx512cd")
  AUXACT_FEATURE("avx512dq")
  AUXACT_FEATURE("avx512vl")
  AUXACT_FEATURE("avx512vbmi")
  AUXACT_FEATURE("avx512vbmi2")
  AUXACT_FEATURE("avx512ifma")
  AUXACT_FEATURE("avx512vnni")
  AUXACT_FEATURE("avx512bitalg")
  AUXACT_FEATURE("avx512vpopcntdq")
  AUXACT_FEATURE("gfni")
  AUXACT_FEATURE("vpclmulqdq")
#undef AUXACT_FEATURE
#endif
  return true;
}

std::string missingCpuFeatures(const std::string &features) {
  std::istringstream stream(features);
  std::string feature, missing;
  while (std::getline(stream, feature, ','))
    if (feature.size() > 1 && feature[0] == '+' &&
        !hasFeature(feature.substr(1)))
      missing += (missing.empty() ? "" : ", ") + feature.substr(1);
  return missing;
}

} // namespace auxact::runtime
