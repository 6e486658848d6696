//===- MeasureKernels.cpp - Tasks and scratch of kernels ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Planning needs to know how a kernel is cut into tasks and how much scratch a
// task takes; only its lowering knows.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/CPU/CompileKernel.h"
#include "auxact/Codegen/CPU/Passes.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_MEASUREKERNELS
#include "auxact/Codegen/CPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct MeasureKernels : mlir::auxact::impl::MeasureKernelsBase<MeasureKernels> {
  using MeasureKernelsBase::MeasureKernelsBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    OpPassManager pipeline(ModuleOp::getOperationName());
    buildCpuKernelPipeline(pipeline, CpuKernelOptions());
    pipeline.getDependentDialects(registry);
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<CpuTarget> cpu = CpuTarget::named(target);
    if (failed(cpu)) {
      module.emitError() << "unknown target '" << target
                         << "'; expected host, avx2, avx512 or a CPU's name "
                            "that LLVM knows";
      return signalPassFailure();
    }
    OwningOpRef<ModuleOp> kernels = ModuleOp::create(module.getLoc());
    for (auto func : module.getOps<func::FuncOp>())
      if (func->hasAttr(attrs::kernel))
        kernels->push_back(func->clone());

    OpPassManager pipeline(ModuleOp::getOperationName());
    CpuKernelOptions options;
    options.vectorBits = cpu->vectorBits;
    buildCpuKernelPipeline(pipeline, options);
    // A pass may run a pipeline only on what lies under its own operation.
    module.push_back(kernels.release());
    auto lowered = cast<ModuleOp>(module.getBody()->back());
    LogicalResult result = runPipeline(pipeline, lowered);
    if (succeeded(result))
      for (auto func : lowered.getOps<LLVM::LLVMFuncOp>())
        copySizes(func, module.lookupSymbol<func::FuncOp>(func.getName()));
    lowered.erase();
    if (failed(result))
      signalPassFailure();
  }

  void copySizes(LLVM::LLVMFuncOp from, func::FuncOp to) {
    if (!to)
      return;
    for (StringRef name : {"auxact.tasks", "auxact.workspace_bytes"})
      if (Attribute value = from->getAttr(name))
        to->setAttr(name, value);
  }
};

} // namespace
