//===- CompileTarget.cpp - What a program is compiled for -----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A kind of CPU or a GPU.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/CompileTarget.h"

#include "auxact/Codegen/GPU/CudaToolkit.h"
#include "auxact/Runtime/ProgramSpec.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/Chrono.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Triple.h"

namespace mlir::auxact {

namespace runtime = ::auxact::runtime;

/// What tells one version of a file from another without reading it.
static std::string identifyFile(llvm::StringRef path) {
  llvm::sys::fs::file_status status;
  if (path.empty() || llvm::sys::fs::status(path, status))
    return "none";
  return llvm::formatv("{0} {1} {2}", path, status.getSize(),
                       llvm::sys::toTimeT(status.getLastModificationTime()));
}

static llvm::Error checkImages(llvm::ArrayRef<std::string> images) {
  for (const std::string &format : images)
    if (format != "cubin" && format != "ptx" && format != "nvvm")
      return llvm::createStringError("target: unknown image '" + format +
                                     "'; expected cubin, ptx or nvvm");
  return llvm::Error::success();
}

llvm::Expected<CompileTarget>
CompileTarget::named(llvm::StringRef name, llvm::StringRef toolkit,
                     llvm::ArrayRef<std::string> images) {
  if (name == "cuda" || runtime::isDeviceTarget(name.str())) {
    llvm::Expected<GpuTarget> gpu = GpuTarget::named(name);
    if (!gpu)
      return gpu.takeError();
    if (llvm::Error error = checkImages(images))
      return std::move(error);
    gpu->toolkit = toolkit.str();
    if (!images.empty())
      gpu->images = images.vec();
    return CompileTarget(std::move(*gpu));
  }
  bool isHost = name == "cpu" || name.empty();
  FailureOr<CpuTarget> cpu = CpuTarget::named(isHost ? "host" : name);
  if (failed(cpu))
    return llvm::createStringError(
        "target '" + name.str() +
        "': expected cpu, avx2, avx512, a CPU's name that LLVM knows, or a "
        "GPU: cuda:sm_80, cuda:sm_89 or cuda:sm_90a");
  return CompileTarget(std::move(*cpu));
}

std::string CompileTarget::getName() const {
  if (const GpuTarget *gpu = getGpu())
    return "cuda:" + gpu->chip;
  return getCpu()->cpu;
}

std::vector<std::string> CompileTarget::getIdentity() const {
  if (const CpuTarget *cpu = getCpu())
    return {cpu->triple, cpu->cpu, cpu->features,
            std::to_string(cpu->vectorBits)};
  const GpuTarget &gpu = *getGpu();
  CudaToolkit toolkit = CudaToolkit::find(gpu.toolkit);
  return {"cuda", gpu.chip, llvm::join(gpu.images, ","),
          identifyFile(toolkit.ptxas), identifyFile(toolkit.libdevice)};
}

int64_t CompileTarget::getAlignment() const {
  return runtime::blockAlignmentOf(getName());
}

std::string CompileTarget::getFeatures() const {
  const CpuTarget *cpu = getCpu();
  if (!cpu)
    return "";
  llvm::InitializeNativeTarget();
  std::string error, features;
  llvm::Triple triple(cpu->triple);
  const llvm::Target *llvmTarget =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!llvmTarget)
    return "";
  std::unique_ptr<llvm::MCSubtargetInfo> info(
      llvmTarget->createMCSubtargetInfo(triple, cpu->cpu, cpu->features));
  if (!info)
    return "";
  for (const llvm::SubtargetFeatureKV &feature :
       info->getAllProcessorFeatures())
    if (info->getFeatureBits().test(feature.Value))
      features += (features.empty() ? "+" : ",+") + std::string(feature.Key);
  return features;
}

FailureOr<CompiledKernel> CompileTarget::compile(ModuleOp kernelModule,
                                                 llvm::StringRef symbol) const {
  if (const GpuTarget *gpu = getGpu())
    return compileGpuKernel(kernelModule, symbol, *gpu);
  return compileKernel(kernelModule, symbol, *getCpu());
}

} // namespace mlir::auxact
