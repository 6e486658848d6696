//===- CompileForBundle.cpp - A program for one more target ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Entries of a program, compiled for another target of its bundle.
//
//===----------------------------------------------------------------------===//

#include "CompileForBundle.h"

#include "auxact/Program/Linker.h"

using namespace mlir;
using namespace mlir::auxact;
namespace runtime = ::auxact::runtime;

namespace {

/// The kernels of all entries, each once.
class KernelTable {
public:
  int64_t add(CompiledKernel kernel) {
    auto [it, isNew] = numbers.try_emplace(kernel.symbol, kernels.size());
    if (isNew)
      kernels.push_back(std::move(kernel));
    return it->second;
  }

  std::vector<CompiledKernel> kernels;

private:
  std::map<std::string, int64_t> numbers;
};

} // namespace

llvm::Expected<runtime::BundleTarget>
mlir::auxact::compileForBundle(EntryCompiler &compiler,
                               llvm::StringRef mainEntry,
                               const runtime::ProgramSpec &program) {
  llvm::Expected<runtime::ProgramSpec> spec = compiler.describe(mainEntry);
  if (!spec)
    return spec.takeError();
  runtime::BundleTarget result;
  result.spec = std::move(*spec);
  KernelTable table;
  for (const auto &[key, entry] : program.entries) {
    llvm::Expected<CompiledEntry> compiled =
        compiler.compile(entry.name, entry.batch, result.spec.state);
    if (!compiled)
      return compiled.takeError();
    std::vector<int64_t> numbers;
    for (CompiledKernel &kernel : compiled->kernels)
      numbers.push_back(table.add(std::move(kernel)));
    for (runtime::LaunchSpec &launch : compiled->spec.launches)
      launch.kernel = numbers[launch.kernel];
    result.spec.entries[key] = std::move(compiled->spec);
  }
  bool onDevice = compiler.getTarget().isDevice();
  for (CompiledKernel &kernel : table.kernels) {
    result.spec.kernels.push_back(
        {kernel.symbol, kernel.tasks, kernel.workspaceBytes, kernel.grids});
    if (onDevice)
      result.code.emplace_back(std::move(kernel.images));
  }
  if (onDevice || table.kernels.empty())
    return result;
  llvm::Expected<std::vector<char>> code = linkSharedObject(table.kernels);
  if (!code)
    return code.takeError();
  result.libraries.push_back(std::move(*code));
  return result;
}
