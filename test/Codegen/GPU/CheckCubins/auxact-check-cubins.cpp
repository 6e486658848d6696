//===- auxact-check-cubins.cpp - The gates of generated GPU code ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Checks every kernel function of MLIR files for every chip, prints the
// table, and ends with status 1 and a sentence for each fault. A file of PTX is
// checked against promises of the command line, or only counted: that
// calibrates the names of instructions.
//
//===----------------------------------------------------------------------===//

#include "CheckKernels.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::auxact;
namespace cl = llvm::cl;
using llvm::StringRef;

static cl::list<std::string> inputFiles(cl::Positional, cl::desc("<files>"));
static cl::list<std::string>
    chips("chips", cl::CommaSeparated,
          cl::desc("Chips (default: sm_80,sm_89,sm_90a)"));
static cl::opt<std::string> tableFile("table",
                                      cl::desc("Write the table here, too"));
static cl::opt<std::string> toolkitFolder("toolkit",
                                          cl::desc("Folder of the toolkit"));
static cl::opt<bool> findToolkit("find-toolkit",
                                 cl::desc("Print what is found of it"));
static cl::opt<bool> countOnly("count", cl::desc("Print instructions by name, "
                                                 "as chip: name number …"));
static cl::opt<bool> codes("codes", cl::desc("With -count: opcodes instead of "
                                             "names"));
static cl::opt<std::string> multiply("multiply",
                                     cl::desc("What the loop multiplies with"));
static cl::opt<int64_t> multiplies("multiplies", cl::init(1),
                                   cl::desc("How many of them it holds"));
static cl::list<std::string> inLoop("in-loop", cl::CommaSeparated,
                                    cl::desc("Instructions of the loop"));
static cl::list<std::string> anywhere("anywhere", cl::CommaSeparated,
                                      cl::desc("Instructions of the kernel"));
static cl::opt<int64_t> threads("block-threads", cl::init(128),
                                cl::desc("Threads of a block"));
static cl::opt<int64_t> dynamicBytes("dynamic-shared", cl::init(0),
                                     cl::desc("Bytes asked for at launch"));

static int fail(const llvm::Twine &message) {
  llvm::errs() << "auxact-check-cubins: " << message << "\n";
  return 1;
}

/// The name of the one kernel in `ptx`.
static std::string entryOf(StringRef ptx) {
  size_t at = ptx.find(".entry");
  if (at == StringRef::npos)
    return "";
  StringRef name = ptx.substr(at + 6).ltrim();
  return name.substr(0, name.find_first_of("( \n")).str();
}

static int printCounts(StringRef ptx, const CudaToolkit &toolkit) {
  for (StringRef chip : chips) {
    llvm::Expected<std::string> bytes = assemble(ptx, chip, toolkit);
    if (!bytes)
      return fail(llvm::toString(bytes.takeError()));
    llvm::Expected<gate::Cubin> cubin = gate::readCubin(*bytes);
    if (!cubin)
      return fail(llvm::toString(cubin.takeError()));
    for (const gate::CubinKernel &kernel : cubin->kernels) {
      llvm::outs() << chip << ":";
      gate::Histogram histogram;
      for (const gate::Instruction &instruction : kernel.code)
        ++histogram[codes ? llvm::utohexstr(instruction.low & 0x1ff)
                          : gate::nameOf(instruction)];
      for (auto &[name, number] : histogram)
        llvm::outs() << " " << name << " " << number;
      llvm::outs() << "\n";
    }
  }
  return 0;
}

static llvm::Expected<std::vector<gate::GateReport>>
checkPtx(StringRef ptx, const CudaToolkit &toolkit) {
  ::auxact::runtime::GridSpec grid;
  grid.function = entryOf(ptx);
  grid.threads[0] = threads;
  grid.sharedBytes = dynamicBytes;
  gate::Promise promise{"from PTX",
                        multiply,
                        multiply.empty() ? 0 : multiplies,
                        {inLoop.begin(), inLoop.end()},
                        {anywhere.begin(), anywhere.end()}};
  std::vector<gate::GateReport> reports;
  for (StringRef chip : chips) {
    auto one = gate::checkKernel(ptx, chip, {grid}, {promise}, toolkit);
    if (!one)
      return one.takeError();
    reports.insert(reports.end(), one->begin(), one->end());
  }
  return reports;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "Gates of generated GPU code\n");
  CudaToolkit toolkit = CudaToolkit::find(toolkitFolder);
  if (findToolkit) {
    llvm::outs() << "ptxas " << toolkit.ptxas << "\nlibdevice "
                 << toolkit.libdevice << "\nsearched " << toolkit.searched
                 << "\n";
    return 0;
  }
  if (chips.empty())
    for (const char *chip : {"sm_80", "sm_89", "sm_90a"})
      chips.push_back(chip);
  std::vector<gate::KernelFile> files;
  for (StringRef path : inputFiles) {
    auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
    if (!buffer)
      return fail("cannot read '" + path + "': " + buffer.getError().message());
    std::string prefix =
        inputFiles.size() > 1 ? llvm::sys::path::stem(path).str() + "/" : "";
    files.push_back({prefix, (*buffer)->getBuffer().str()});
  }
  if (files.empty())
    return fail("expected files of kernels");
  if (countOnly)
    return printCounts(files.front().text, toolkit);

  auto reports = StringRef(inputFiles.front()).ends_with(".ptx")
                     ? checkPtx(files.front().text, toolkit)
                     : gate::checkKernels(files, chips, toolkit);
  if (!reports)
    return fail(llvm::toString(reports.takeError()));
  if (!tableFile.empty()) {
    std::error_code error;
    llvm::raw_fd_ostream(tableFile, error) << gate::tableOf(*reports);
    if (error)
      return fail("cannot write '" + tableFile + "': " + error.message());
  }
  llvm::outs() << gate::tableOf(*reports);
  llvm::outs().flush();
  size_t faults = 0;
  for (const gate::GateReport &report : *reports)
    for (const std::string &text : report.faults) {
      ++faults;
      llvm::errs() << report.kernel << ", " << report.chip << ": " << text
                   << "\n";
    }
  llvm::outs() << reports->size() << " kernels checked, " << faults
               << " faults\n";
  return faults == 0 ? 0 : 1;
}
