//===- LowerContraction.cpp - Kernels with a contraction ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The pass around ContractionEmitter.
//
//===----------------------------------------------------------------------===//

#include "ContractionEmitter.h"
#include "auxact/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_LOWERCONTRACTION
#include "auxact/Codegen/CPU/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact::cpu;

namespace {

struct LowerContraction
    : public auxact::impl::LowerContractionBase<LowerContraction> {
  using LowerContractionBase::LowerContractionBase;

  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!isTensorKernel(kernel))
        continue;
      auto form = analyzeKernel(kernel);
      if (failed(form))
        return signalPassFailure();
      if (form->kind == KernelKind::Contraction &&
          failed(ContractionEmitter(kernel, *form, vectorBits).emit()))
        return signalPassFailure();
    }
  }
};

} // namespace
