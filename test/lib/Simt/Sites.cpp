//===- Sites.cpp - Places in a kernel, from its debug information ---------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Sites.h"

#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace auxact::simt {

Constant *Sites::pointerTo(const Site &site, LLVMContext &context) {
  auto address = reinterpret_cast<uintptr_t>(&site);
  return ConstantExpr::getIntToPtr(
      ConstantInt::get(Type::getInt64Ty(context), address),
      PointerType::getUnqual(context));
}

std::string Sites::locationOf(const Instruction &instruction) {
  std::string text;
  for (const DILocation *location = instruction.getDebugLoc(); location;
       location = location->getInlinedAt()) {
    if (!text.empty())
      text += ", inlined at ";
    text += location->getFilename().str() + ":" +
            std::to_string(location->getLine()) + ":" +
            std::to_string(location->getColumn());
  }
  return text.empty() ? "an unknown place" : text;
}

CallInst *callEntryPoint(IRBuilderBase &builder, StringRef name, Type *result,
                         ArrayRef<Value *> arguments) {
  SmallVector<Type *> types;
  for (Value *argument : arguments)
    types.push_back(argument->getType());
  Module *module = builder.GetInsertBlock()->getModule();
  return builder.CreateCall(module->getOrInsertFunction(
                                name, FunctionType::get(result, types, false)),
                            arguments);
}

} // namespace auxact::simt
