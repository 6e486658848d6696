//===- BundleChoice.cpp - Which of a bundle's targets to run --------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "BundleFormat.h"
#include "CudaDevice.h"

#include <algorithm>

namespace auxact::runtime::bundle {

std::string listTargets(const std::vector<ProgramSpec> &programs) {
  std::string list;
  for (const ProgramSpec &program : programs)
    list += (list.empty() ? "" : ", ") + program.target;
  return list;
}

static constexpr size_t none = ~size_t(0);

/// Code of the very chip before code of the nearest older one.
static size_t findForChip(const std::vector<ProgramSpec> &programs,
                          const CudaChip &device) {
  size_t best = none;
  int bestRank = -1;
  for (size_t i = 0; i < programs.size(); ++i) {
    std::optional<CudaChip> chip = CudaChip::parse(programs[i].target);
    if (!isDeviceTarget(programs[i].target) || !chip || !chip->canRunOn(device))
      continue;
    int rank = 2 * chip->number() + chip->isExact;
    if (rank > bestRank) {
      bestRank = rank;
      best = i;
    }
  }
  return best;
}

/// The one that uses most of what this processor has.
static size_t findForHost(const std::vector<ProgramSpec> &programs) {
  size_t best = none;
  int64_t bestFeatures = -1;
  for (size_t i = 0; i < programs.size(); ++i) {
    const ProgramSpec &program = programs[i];
    if (isDeviceTarget(program.target) ||
        !missingCpuFeatures(program.features).empty())
      continue;
    int64_t features =
        std::count(program.features.begin(), program.features.end(), '+');
    if (features > bestFeatures) {
      bestFeatures = features;
      best = i;
    }
  }
  return best;
}

static Error checkHost(const ProgramSpec &program) {
  std::string missing = missingCpuFeatures(program.features);
  if (isDeviceTarget(program.target) || missing.empty())
    return Error::success();
  return Error::failure("was compiled for target '" + program.target +
                        "', but this CPU lacks " + missing);
}

Expected<size_t> chooseTarget(const std::vector<ProgramSpec> &programs,
                              const ProgramOptions &options) {
  size_t firstDevice = none, firstHost = none;
  for (size_t i = programs.size(); i-- > 0;) {
    (isDeviceTarget(programs[i].target) ? firstDevice : firstHost) = i;
    if (programs[i].target != options.target)
      continue;
    if (Error error = checkHost(programs[i]))
      return error;
    return i;
  }
  if (!options.target.empty())
    return Error::failure("holds no target '" + options.target +
                          "'; it has: " + listTargets(programs));

  std::string foundDevice;
  if (firstDevice != none) {
    Expected<CudaDeviceInfo> device = CudaDeviceInfo::query(options.device);
    if (device) {
      size_t fitting = findForChip(programs, device->chip);
      if (fitting != none)
        return fitting;
      foundDevice = device->describe();
    } else if (options.device >= 0) {
      return Error::failure("cannot run on the device that was asked for: " +
                            device.message());
    }
  }
  if (options.device >= 0 && firstDevice == none)
    return Error::failure("has no target for a device; it has: " +
                          listTargets(programs));
  // A device that was asked for is not replaced by the host.
  size_t host = options.device >= 0 ? none : findForHost(programs);
  if (host != none)
    return host;
  if (!foundDevice.empty())
    return Error::failure("has no target for " + foundDevice +
                          "; it has: " + listTargets(programs));
  // Without a device its state can still be read.
  if (firstDevice != none)
    return firstDevice;
  return checkHost(programs[firstHost]);
}

} // namespace auxact::runtime::bundle
