//===- PrepareModule.cpp - From a GPU's module to the host's --------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "PrepareModule.h"

#include "SharedMemory.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace auxact::simt {

SmallVector<Function *> kernelsOf(Module &module) {
  SmallVector<Function *> kernels;
  for (Function &function : module)
    if (!function.isDeclaration() &&
        function.getCallingConv() == CallingConv::PTX_Kernel)
      kernels.push_back(&function);
  return kernels;
}

Expected<unsigned> placeSharedVariables(Module &module) {
  const DataLayout &layout = module.getDataLayout();
  uint64_t offset = 0;
  SmallVector<GlobalVariable *> sized, unsized;
  for (GlobalVariable &variable : module.globals()) {
    if (variable.getAddressSpace() != 3)
      continue;
    uint64_t bytes = layout.getTypeAllocSize(variable.getValueType());
    if (!bytes && !variable.hasExternalLinkage())
      return createStringError("the shared variable " + variable.getName() +
                               " has no size and is not external: PTX would "
                               "give it one byte");
    (bytes ? sized : unsized).push_back(&variable);
  }
  auto place = [&](GlobalVariable *variable) {
    offset = alignTo(offset, variable->getAlign().valueOrOne());
    Constant *address = ConstantExpr::getIntToPtr(
        ConstantInt::get(Type::getInt64Ty(module.getContext()),
                         reinterpret_cast<uintptr_t>(SharedMemory::base()) +
                             offset),
        variable->getType());
    variable->replaceAllUsesWith(address);
    variable->eraseFromParent();
  };
  for (GlobalVariable *variable : sized) {
    uint64_t bytes = layout.getTypeAllocSize(variable->getValueType());
    place(variable);
    offset += bytes;
  }
  // All of these are one and the same memory.
  for (GlobalVariable *variable : unsized)
    place(variable);
  return offset;
}

std::string launcherName(StringRef kernel) {
  return ("auxact.launch." + kernel).str();
}

static void addLauncher(Function &kernel) {
  LLVMContext &context = kernel.getContext();
  auto *pointer = PointerType::getUnqual(context);
  auto *launcher = Function::Create(
      FunctionType::get(Type::getVoidTy(context), {pointer}, false),
      GlobalValue::ExternalLinkage, launcherName(kernel.getName()),
      kernel.getParent());
  IRBuilder<> builder(BasicBlock::Create(context, "", launcher));
  SmallVector<Value *> arguments;
  for (Argument &argument : kernel.args()) {
    Value *place = builder.CreateLoad(
        pointer, builder.CreateConstGEP1_32(pointer, launcher->getArg(0),
                                            argument.getArgNo()));
    arguments.push_back(builder.CreateLoad(argument.getType(), place));
  }
  builder.CreateCall(&kernel, arguments);
  builder.CreateRetVoid();
}

std::vector<std::pair<std::string, size_t>> retarget(Module &module,
                                                     const Engine &engine) {
  std::vector<std::pair<std::string, size_t>> variables;
  unsigned number = 0;
  for (GlobalVariable &variable : module.globals()) {
    if (variable.isDeclaration() || variable.getName().starts_with("llvm."))
      continue;
    variable.setName("auxact.variable." + Twine(number++));
    variable.setLinkage(GlobalValue::ExternalLinkage);
    variables.emplace_back(
        variable.getName(),
        module.getDataLayout().getTypeAllocSize(variable.getValueType()));
  }
  for (Function *kernel : kernelsOf(module))
    addLauncher(*kernel);
  for (Function &function : module) {
    function.setCallingConv(CallingConv::C);
    for (StringRef attribute : {"target-cpu", "target-features", "tune-cpu"})
      function.removeFnAttr(attribute);
    for (Instruction &instruction : instructions(function))
      if (auto *call = dyn_cast<CallInst>(&instruction))
        call->setCallingConv(CallingConv::C);
  }
  module.setTargetTriple(engine.triple());
  module.setDataLayout(engine.layout());
  return variables;
}

} // namespace auxact::simt
