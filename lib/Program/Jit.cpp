//===- Jit.cpp - Kernels in this process ----------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/Jit.h"

#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

namespace mlir::auxact {

Jit::Jit() = default;
Jit::~Jit() = default;

llvm::Expected<std::unique_ptr<Jit>> Jit::create() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  char prefix = (*jit)->getDataLayout().getGlobalPrefix();
  llvm::orc::JITDylib &library = (*jit)->getMainJITDylib();
  auto process =
      llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(prefix);
  if (!process)
    return process.takeError();
  library.addGenerator(std::move(*process));
  // Inside Python the mathematics library need not be in the global scope.
  auto math =
      llvm::orc::DynamicLibrarySearchGenerator::Load("libm.so.6", prefix);
  if (math)
    library.addGenerator(std::move(*math));
  else
    llvm::consumeError(math.takeError());

  std::unique_ptr<Jit> result(new Jit);
  result->jit = std::move(*jit);
  return result;
}

llvm::Expected<KernelFunction> Jit::link(const CompiledKernel &kernel) {
  auto [it, isNew] = functions.try_emplace(kernel.symbol, nullptr);
  if (!isNew)
    return it->second;
  auto address = [&]() -> llvm::Expected<llvm::orc::ExecutorAddr> {
    if (llvm::Error error = jit->addObjectFile(
            llvm::MemoryBuffer::getMemBufferCopy(kernel.object, kernel.symbol)))
      return std::move(error);
    return jit->lookup(kernel.symbol);
  }();
  if (!address) {
    functions.erase(it);
    return address.takeError();
  }
  it->second = address->toPtr<KernelFunction>();
  return it->second;
}

} // namespace mlir::auxact
