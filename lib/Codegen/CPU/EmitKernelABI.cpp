//===- EmitKernelABI.cpp - The signature void(void *const *) --------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Every argument of a lowered kernel becomes a load from the argument list.
//
//===----------------------------------------------------------------------===//

#include "KernelFrame.h"
#include "auxact/Codegen/CPU/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_EMITKERNELABI
#include "auxact/Codegen/CPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;

namespace {

struct EmitKernelABI : public auxact::impl::EmitKernelABIBase<EmitKernelABI> {
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<LLVM::LLVMFuncOp>())
      if (kernel->hasAttr(auxact::cpu::kKernelAttr) && !kernel.isExternal())
        rewrite(kernel);
  }

  void rewrite(LLVM::LLVMFuncOp kernel) {
    Block &entry = kernel.front();
    unsigned count = entry.getNumArguments();
    ImplicitLocOpBuilder b(kernel.getLoc(), OpBuilder::atBlockBegin(&entry));
    auto pointer = LLVM::LLVMPointerType::get(&getContext());
    Value list = entry.addArgument(pointer, kernel.getLoc());
    for (unsigned i = 0; i < count; ++i) {
      BlockArgument argument = entry.getArgument(i);
      Value slot =
          LLVM::GEPOp::create(b, pointer, pointer, list, LLVM::GEPArg(i));
      Value value = LLVM::LoadOp::create(b, pointer, slot);
      // The task is an integer behind a pointer.
      if (argument.getType() != pointer)
        value = LLVM::LoadOp::create(b, argument.getType(), value);
      argument.replaceAllUsesWith(value);
    }
    entry.eraseArguments(0, count);
    kernel.setFunctionType(LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(&getContext()), {pointer}));
    kernel.removeArgAttrsAttr();
    kernel.setLinkage(LLVM::Linkage::External);
    kernel.setVisibility(SymbolTable::Visibility::Public);
  }
};

} // namespace
