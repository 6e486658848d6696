//===- Engine.h - Compiles instrumented modules for the host ----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_ENGINE_H
#define AUXACT_TEST_LIB_SIMT_ENGINE_H

#include "llvm/ExecutionEngine/Orc/LLJIT.h"

namespace auxact::simt {

/// The process's just-in-time compiler. Each module has a library of its own,
/// since kernels of several modules may share names.
class Engine {
public:
  /// The one engine, made at the first call.
  static llvm::Expected<Engine *> get();

  llvm::Expected<llvm::orc::JITDylib *>
  add(std::unique_ptr<llvm::Module> module,
      std::unique_ptr<llvm::LLVMContext> context);
  void remove(llvm::orc::JITDylib &library);
  /// Compiles what is needed for it.
  llvm::Expected<llvm::orc::ExecutorAddr> lookup(llvm::orc::JITDylib &library,
                                                 llvm::StringRef name);

  const llvm::DataLayout &layout() const { return jit->getDataLayout(); }
  const llvm::Triple &triple() const { return jit->getTargetTriple(); }

private:
  static llvm::Expected<std::unique_ptr<Engine>> create();

  std::unique_ptr<llvm::orc::LLJIT> jit;
  unsigned libraries = 0;
};

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_ENGINE_H
