//===- ExternalizeSharedMemory.cpp - Dynamic shared memory, rightly -------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// See the description of the pass: a bug of MLIR 22 that ends in memory being
// overwritten on the device.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/GPU/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_EXTERNALIZESHAREDMEMORY
#include "auxact/Codegen/GPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;

namespace {

/// What tiles in the hardware's 128-byte swizzle need.
constexpr uint64_t sharedAlignment = 1024;

struct ExternalizeSharedMemory
    : public auxact::impl::ExternalizeSharedMemoryBase<
          ExternalizeSharedMemory> {
  void runOnOperation() override {
    for (auto global : getOperation().getOps<LLVM::GlobalOp>()) {
      auto type = dyn_cast<LLVM::LLVMArrayType>(global.getType());
      bool isShared = global.getAddrSpace() ==
                      static_cast<unsigned>(NVVM::NVVMMemorySpace::Shared);
      if (!isShared || !type || type.getNumElements() != 0)
        continue;
      global.setLinkage(LLVM::Linkage::External);
      global.removeValueAttr();
      global.setAlignment(sharedAlignment);
      global.setDsoLocal(false);
    }
  }
};

} // namespace
