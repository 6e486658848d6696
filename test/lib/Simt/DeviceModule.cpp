//===- DeviceModule.cpp - A loaded module of kernels ----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "DeviceModule.h"

#include "DeviceMemory.h"
#include "Engine.h"
#include "InstrumentAccesses.h"
#include "LowerIntrinsics.h"
#include "PrepareModule.h"

#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace auxact::simt {

// "256", "32,4,1": the product.
static unsigned threadsOf(const Function &function, StringRef attribute,
                          unsigned otherwise) {
  SmallVector<StringRef> parts;
  function.getFnAttribute(attribute).getValueAsString().split(parts, ',', -1,
                                                              false);
  unsigned product = 1, extent = 0;
  for (StringRef part : parts)
    if (!part.getAsInteger(10, extent))
      product *= extent;
  return parts.empty() ? otherwise : product;
}

Expected<std::unique_ptr<DeviceModule>> DeviceModule::load(StringRef bitcode) {
  auto engine = Engine::get();
  if (!engine)
    return engine.takeError();
  auto context = std::make_unique<LLVMContext>();
  auto parsed = parseBitcodeFile(MemoryBufferRef(bitcode, "kernels"), *context);
  if (!parsed)
    return parsed.takeError();
  Module &module = **parsed;

  std::unique_ptr<DeviceModule> result(new DeviceModule);
  auto granule = instrumentAccesses(module, result->sites);
  if (!granule)
    return granule.takeError();
  auto sharedBytes = placeSharedVariables(module);
  if (!sharedBytes)
    return sharedBytes.takeError();
  if (Error error = lowerIntrinsics(module, result->sites))
    return std::move(error);
  for (Function *kernel : kernelsOf(module)) {
    DeviceFunction &function = result->functions[kernel->getName().str()];
    result->chip = kernel->getFnAttribute("target-cpu").getValueAsString();
    function.module = result.get();
    function.name = kernel->getName().str();
    for (Argument &argument : kernel->args())
      function.parameterBytes.push_back(
          module.getDataLayout().getTypeAllocSize(argument.getType()));
    function.maxThreads = threadsOf(*kernel, "nvvm.maxntid", 1024);
    function.requiredThreads = threadsOf(*kernel, "nvvm.reqntid", 0);
    function.staticSharedBytes = *sharedBytes;
    function.granule = *granule;
  }
  result->variables = retarget(module, **engine);
  StripDebugInfo(module);
  std::string problem;
  raw_string_ostream stream(problem);
  if (verifyModule(module, &stream))
    return createStringError("the instrumented module is not valid: " +
                             problem);
  auto library = (*engine)->add(std::move(*parsed), std::move(context));
  if (!library)
    return library.takeError();
  result->library = *library;
  return result;
}

DeviceModule::~DeviceModule() {
  for (char *variable : placed)
    DeviceMemory::get().remove(variable);
  if (library)
    Engine::get().get()->remove(*library);
}

bool DeviceModule::runsOn(unsigned capability) const {
  StringRef rest = chip;
  unsigned number = 0;
  if (!rest.consume_front("sm_") || rest.consumeInteger(10, number))
    return true;
  return rest.empty() ? number <= capability : number == capability;
}

DeviceFunction *DeviceModule::find(StringRef name) {
  auto it = functions.find(name);
  return it == functions.end() ? nullptr : &it->second;
}

Error DeviceModule::compile(DeviceFunction &function) {
  if (function.entry)
    return Error::success();
  Engine &engine = **Engine::get();
  auto entry = engine.lookup(*library, launcherName(function.name));
  if (!entry)
    return entry.takeError();
  for (auto &[name, bytes] : variables) {
    auto address = engine.lookup(*library, name);
    if (!address)
      return address.takeError();
    placed.push_back(address->toPtr<char *>());
    DeviceMemory::get().add(placed.back(), bytes, DeviceMemory::Variable);
  }
  variables.clear();
  function.entry = entry->toPtr<void (*)(void **)>();
  return Error::success();
}

} // namespace auxact::simt
