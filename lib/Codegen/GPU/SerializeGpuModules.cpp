//===- SerializeGpuModules.cpp - GPU modules as PTX -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The pass around emitDeviceCode.
//
//===----------------------------------------------------------------------===//

#include "DeviceCode.h"
#include "auxact/Codegen/GPU/CompileKernel.h"
#include "auxact/Codegen/GPU/Passes.h"
#include "auxact/Codegen/Kernel/KernelForm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_SERIALIZEGPUMODULES
#include "auxact/Codegen/GPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct SerializeGpuModules
    : public mlir::auxact::impl::SerializeGpuModulesBase<SerializeGpuModules> {
  using SerializeGpuModulesBase::SerializeGpuModulesBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    SerializeGpuModulesBase::getDependentDialects(registry);
    registerAllToLLVMIRTranslations(registry);
  }

  void runOnOperation() override {
    auto target = GpuTarget::named(chip);
    if (!target) {
      getOperation().emitError(llvm::toString(target.takeError()));
      return signalPassFailure();
    }
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (codegen::isTensorKernel(function)) {
        function.emitError("no lowering for GPUs takes this kernel");
        return signalPassFailure();
      }
    for (auto module : llvm::make_early_inc_range(
             getOperation().getOps<gpu::GPUModuleOp>())) {
      auto code = device::emitDeviceCode(module, target->chip, toolkit);
      if (failed(code))
        return signalPassFailure();
      OpBuilder b(module);
      auto chipAttr = NVVM::NVVMTargetAttr::get(
          &getContext(), /*optLevel=*/3, "nvptx64-nvidia-cuda", target->chip,
          device::kPtxFeature);
      Attribute object = gpu::ObjectAttr::get(
          &getContext(), chipAttr, gpu::CompilationTarget::Assembly,
          b.getStringAttr(code->ptx), DictionaryAttr(), gpu::KernelTableAttr());
      gpu::BinaryOp::create(b, module.getLoc(), module.getName(),
                            /*offloadingHandler=*/Attribute(),
                            ArrayRef<Attribute>(object));
      module.erase();
    }
  }
};

} // namespace
