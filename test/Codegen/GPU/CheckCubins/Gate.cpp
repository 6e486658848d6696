//===- Gate.cpp - What must hold for the code of a kernel -----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Gate.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using llvm::StringRef;

namespace mlir::auxact::gate {

std::optional<ChipLimits> ChipLimits::of(StringRef chip) {
  ChipLimits limits;
  // Largest shared memory of one block, from the programming guide.
  if (chip == "sm_80")
    limits.sharedBytes = 163 * 1024;
  else if (chip == "sm_89")
    limits.sharedBytes = 99 * 1024;
  else if (chip == "sm_90a")
    limits.sharedBytes = 227 * 1024;
  else
    return std::nullopt;
  return limits;
}

std::vector<std::string> faultsOfText(StringRef ptx, int64_t dynamicBytes) {
  std::vector<std::string> faults;
  bool hasDynamic = false;
  llvm::SmallVector<StringRef> lines;
  ptx.split(lines, '\n');
  for (StringRef line : lines) {
    line = line.trim();
    bool external = line.consume_front(".extern ");
    if (!line.starts_with(".shared"))
      continue;
    if (external) {
      hasDynamic = true;
      if (!line.contains(".align 1024"))
        faults.push_back(
            "dynamic shared memory is not aligned to 1024 bytes: " +
            line.str());
      continue;
    }
    // `.b8 name;` or `.b8 name[1];`: a dynamic buffer that lost its linkage.
    // Other static variables would share an address with its bytes.
    if (!line.contains('[') || line.contains("[1]") || line.contains("[]"))
      faults.push_back("a static shared variable of one element, where dynamic "
                       "shared memory was meant: " +
                       line.str());
  }
  if (dynamicBytes > 0 && !hasDynamic)
    faults.push_back("the launch asks for " + std::to_string(dynamicBytes) +
                     " bytes of dynamic shared memory, and the PTX declares "
                     "none (`.extern .shared`)");
  return faults;
}

static std::string list(const Histogram &histogram) {
  std::string text;
  for (auto &[name, number] : histogram)
    text += (text.empty() ? "" : ", ") + std::to_string(number) + " " + name;
  return text;
}

static bool hasOneOf(const Histogram &histogram, StringRef names) {
  llvm::SmallVector<StringRef> alternatives;
  names.split(alternatives, '|');
  return llvm::any_of(alternatives, [&](StringRef name) {
    return histogram.count(name.str()) != 0;
  });
}

static void checkInstructions(const CubinKernel &kernel, int64_t chip,
                              const Promise &promise, GateReport &report) {
  Histogram all = count(kernel);
  auto fault = [&](const llvm::Twine &text) {
    report.faults.push_back(text.str());
  };
  for (const std::string &names : promise.anywhere)
    if (!hasOneOf(all, names))
      fault("no " + names + " in the kernel (it has " + list(all) + ")");
  // Sums in the order of arrival would differ from run to run.
  for (const char *name : {"ATOMG", "RED", "ATOMS"})
    if (all.count(name) != 0)
      fault(llvm::Twine(all.at(name)) + " " + name +
            ": results would depend on the order of threads");
  report.shown = all;
  if (promise.multiply.empty())
    return;
  Range loop = innermostLoop(kernel, chip, promise.multiply);
  // A contraction that is shorter than one step has no loop left.
  bool unrolled = loop.last == 0;
  Histogram inner = unrolled ? all : count(kernel, loop);
  report.shown = inner;
  report.showsLoop = !unrolled;
  int64_t multiplies =
      inner.count(promise.multiply) ? inner.at(promise.multiply) : 0;
  StringRef place = unrolled ? "kernel (no loop)" : "innermost loop";
  if (multiplies < promise.multiplies)
    fault("the " + place + " has " + llvm::Twine(multiplies) + " " +
          promise.multiply + " of " + llvm::Twine(promise.multiplies) +
          " (it has " + list(inner) + ")");
  for (const std::string &names : promise.inLoop)
    if (!hasOneOf(inner, names))
      fault("no " + names + " in the " + place + " (it has " + list(inner) +
            ")");
}

static void checkSpills(const AssemblerReport &said, GateReport &report) {
  if (report.spillBytes != 0)
    report.faults.push_back(
        std::to_string(said.spillStores) + " bytes spilled and " +
        std::to_string(said.spillLoads) + " bytes read back");
  else if (report.stackBytes != 0)
    report.faults.push_back(std::to_string(report.stackBytes) +
                            " bytes of local memory a thread");
}

static void checkBudget(const ChipLimits &limits, GateReport &report) {
  auto fault = [&](const llvm::Twine &text) {
    report.faults.push_back(text.str());
  };
  if (report.threads > limits.threads)
    fault(llvm::Twine(report.threads) + " threads a block, of " +
          llvm::Twine(limits.threads));
  // The hardware hands registers out in groups of 8 a thread.
  int64_t registers = (report.registers + 7) / 8 * 8 * report.threads;
  if (registers > limits.registers)
    fault(llvm::Twine(registers) + " registers a block, of " +
          llvm::Twine(limits.registers));
  if (report.sharedBytes > limits.sharedBytes)
    fault(llvm::Twine(report.sharedBytes) + " bytes of shared memory, of " +
          llvm::Twine(limits.sharedBytes));
}

llvm::Expected<std::vector<GateReport>>
checkKernel(StringRef ptx, StringRef chip,
            const std::vector<::auxact::runtime::GridSpec> &grids,
            const std::vector<Promise> &promises, const CudaToolkit &toolkit) {
  std::optional<ChipLimits> limits = ChipLimits::of(chip);
  if (!limits)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "no limits known of the chip '" + chip +
                                       "'");
  if (toolkit.ptxas.empty())
    return toolkit.missing("the gate", "ptxas");
  std::string log, refusal;
  llvm::Expected<std::string> bytes = assemble(ptx, chip, toolkit, &log);
  if (!bytes)
    refusal = llvm::toString(bytes.takeError());
  Cubin cubin;
  if (refusal.empty()) {
    llvm::Expected<Cubin> read = readCubin(*bytes);
    if (!read)
      return read.takeError();
    cubin = std::move(*read);
  }

  std::vector<GateReport> reports;
  Histogram ofAllGrids;
  for (size_t i = 0; i < grids.size(); ++i) {
    const ::auxact::runtime::GridSpec &grid = grids[i];
    GateReport report;
    report.kernel = grid.function;
    report.chip = chip.str();
    report.work = promises[i].work;
    report.threads = grid.threads[0] * grid.threads[1] * grid.threads[2];
    if (!refusal.empty()) {
      report.faults.push_back(refusal);
      reports.push_back(std::move(report));
      continue;
    }
    auto kernel = std::find_if(
        cubin.kernels.begin(), cubin.kernels.end(),
        [&](const CubinKernel &k) { return k.name == grid.function; });
    if (kernel == cubin.kernels.end()) {
      report.faults.push_back("the cubin has no function of this name");
      reports.push_back(std::move(report));
      continue;
    }
    llvm::Expected<AssemblerReport> said = readLog(log, grid.function);
    if (!said)
      return said.takeError();
    report.registers = kernel->registers;
    report.stackBytes = kernel->stackBytes;
    report.spillBytes = said->spillStores + said->spillLoads;
    report.sharedBytes = said->sharedBytes + grid.sharedBytes;
    report.faults = faultsOfText(ptx, grid.sharedBytes);
    for (const std::string &remark : said->remarks)
      report.faults.push_back("ptxas: " + remark);
    checkInstructions(*kernel, cubin.chip, promises[i], report);
    checkSpills(*said, report);
    checkBudget(*limits, report);
    ofAllGrids.merge(count(*kernel));
    reports.push_back(std::move(report));
  }
  for (const std::string &names : promises.front().inSomeGrid)
    if (refusal.empty() && !hasOneOf(ofAllGrids, names))
      reports.front().faults.push_back(
          "no " + names + " in the kernel (it has " + list(ofAllGrids) + ")");
  return reports;
}

/// The instructions that tell kernels apart, in this order.
static std::string shownOf(const GateReport &report) {
  std::string text;
  for (const char *name :
       {"HMMA",    "HGMMA",      "FFMA",      "FADD",      "FMUL",    "MUFU",
        "LDSM",    "LDGSTS.128", "LDGSTS.64", "LDGSTS.32", "LDS.128", "LDS.64",
        "LDS.32",  "LDG.128",    "LDG.64",    "LDG.32",    "LDG.16",  "LDG.8",
        "STG.128", "STG.64",     "STG.32",    "STG.16",    "STG.8",   "LDL",
        "STL",     "BAR",        "VOTE",      "SHFL"})
    if (auto found = report.shown.find(name); found != report.shown.end())
      text += " " + std::to_string(found->second) + " " + name;
  int64_t total = 0;
  for (auto &[name, number] : report.shown)
    total += name == "NOP" ? 0 : number;
  return text + " of " + std::to_string(total);
}

std::string tableOf(const std::vector<GateReport> &reports) {
  size_t width = 6;
  for (const GateReport &report : reports)
    width = std::max(width, report.kernel.size());
  std::string text;
  llvm::raw_string_ostream out(text);
  out << llvm::left_justify("kernel", width)
      << "  chip    work             threads  regs   shared  spills  "
         "instructions (loop: of the innermost)\n";
  for (const GateReport &r : reports)
    out << llvm::left_justify(r.kernel, width) << "  "
        << llvm::left_justify(r.chip, 6) << "  "
        << llvm::left_justify(r.work, 16)
        << llvm::format(" %7lld %5lld %8lld %7lld ", (long long)r.threads,
                        (long long)r.registers, (long long)r.sharedBytes,
                        (long long)r.spillBytes)
        << (r.showsLoop ? " loop:" : "      ") << shownOf(r)
        << (r.faults.empty() ? "" : "  FAULT") << "\n";
  return text;
}

} // namespace mlir::auxact::gate
