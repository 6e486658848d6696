//===- Engine.cpp - Compiles instrumented modules for the host ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Engine.h"

#include "EntryPoints.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/Support/TargetSelect.h"

using namespace llvm;

namespace auxact::simt {

Expected<std::unique_ptr<Engine>> Engine::create() {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  auto machine = orc::JITTargetMachineBuilder::detectHost();
  if (!machine)
    return machine.takeError();
  // The host's own conversion to bf16 takes subnormal numbers for zero.
  machine->addFeatures({"-avx512bf16", "-avxneconvert"});
  // The modules come optimised, and what is compiled here runs a few times.
  machine->setCodeGenOptLevel(CodeGenOptLevel::None);
  auto jit = orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(std::move(*machine))
                 .create();
  if (!jit)
    return jit.takeError();

  orc::JITDylib &process = (*jit)->getMainJITDylib();
  orc::SymbolMap symbols;
  auto define = [&](StringRef name, auto *function) {
    symbols[(*jit)->mangleAndIntern(name)] = {
        orc::ExecutorAddr::fromPtr(function),
        JITSymbolFlags::Exported | JITSymbolFlags::Callable};
  };
#define AUXACT_SIMT_DEFINE(result, name, parameters) define(#name, &name);
  AUXACT_SIMT_ENTRY_POINTS(AUXACT_SIMT_DEFINE)
#undef AUXACT_SIMT_DEFINE
  define("__truncsfbf2", &auxactSimtTruncateToBFloat);
  if (Error error = process.define(orc::absoluteSymbols(std::move(symbols))))
    return std::move(error);
  char prefix = (*jit)->getDataLayout().getGlobalPrefix();
  auto own = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(prefix);
  if (!own)
    return own.takeError();
  process.addGenerator(std::move(*own));
  // Inside Python the mathematics library need not be in the global scope.
  auto math = orc::DynamicLibrarySearchGenerator::Load("libm.so.6", prefix);
  if (!math)
    return math.takeError();
  process.addGenerator(std::move(*math));

  auto engine = std::make_unique<Engine>();
  engine->jit = std::move(*jit);
  return engine;
}

Expected<Engine *> Engine::get() {
  static std::unique_ptr<Engine> engine;
  if (!engine) {
    auto created = create();
    if (!created)
      return created.takeError();
    engine = std::move(*created);
  }
  return engine.get();
}

Expected<orc::JITDylib *> Engine::add(std::unique_ptr<Module> module,
                                      std::unique_ptr<LLVMContext> context) {
  auto library = jit->createJITDylib("kernels." + std::to_string(libraries++));
  if (!library)
    return library.takeError();
  library->addToLinkOrder(jit->getMainJITDylib());
  if (Error error =
          jit->addIRModule(*library, orc::ThreadSafeModule(std::move(module),
                                                           std::move(context))))
    return std::move(error);
  return &*library;
}

void Engine::remove(orc::JITDylib &library) {
  consumeError(jit->getExecutionSession().removeJITDylib(library));
}

Expected<orc::ExecutorAddr> Engine::lookup(orc::JITDylib &library,
                                           StringRef name) {
  return jit->lookup(library, name);
}

} // namespace auxact::simt
