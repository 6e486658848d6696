//===- CpuTarget.cpp - What code is generated for -------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Names of targets, and what this machine is.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/CPU/CompileKernel.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

namespace mlir::auxact {

static void initializeTargets() {
  static const bool done = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)done;
}

/// The subtarget of a CPU, or null if LLVM does not know it.
static std::unique_ptr<llvm::MCSubtargetInfo>
subtargetOf(const CpuTarget &target) {
  initializeTargets();
  std::string error;
  llvm::Triple triple(target.triple);
  const llvm::Target *llvmTarget =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!llvmTarget)
    return nullptr;
  std::unique_ptr<llvm::MCSubtargetInfo> info(
      llvmTarget->createMCSubtargetInfo(triple, "", ""));
  if (!info || !info->isCPUStringValid(target.cpu))
    return nullptr;
  info.reset(
      llvmTarget->createMCSubtargetInfo(triple, target.cpu, target.features));
  return info;
}

static int64_t vectorBitsOf(const CpuTarget &target) {
  auto info = subtargetOf(target);
  bool wide =
      info && info->checkFeatures("+avx512f,+avx512vl,+avx512bw,+avx512dq");
  return wide ? 512 : 256;
}

CpuTarget CpuTarget::host() {
  CpuTarget target;
  target.triple = llvm::sys::getProcessTriple();
  target.cpu = llvm::sys::getHostCPUName().str();
  llvm::SubtargetFeatures features;
  for (auto &feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  target.features = features.getString();
  target.vectorBits = vectorBitsOf(target);
  return target;
}

FailureOr<CpuTarget> CpuTarget::named(StringRef name) {
  if (name.empty() || name == "host")
    return host();
  CpuTarget target;
  target.triple = llvm::sys::getProcessTriple();
  target.cpu = name == "avx2"     ? "x86-64-v3"
               : name == "avx512" ? "x86-64-v4"
                                  : name.str();
  auto info = subtargetOf(target);
  // Without fused multiply-add there is no code worth generating.
  if (!info || !info->checkFeatures("+avx2,+fma"))
    return failure();
  target.vectorBits = vectorBitsOf(target);
  return target;
}

} // namespace mlir::auxact
