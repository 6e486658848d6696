//===- Promise.cpp - What a kernel promises of its code -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Promise.h"

#include "auxact/Codegen/Kernel/KernelForm.h"

#include <algorithm>

namespace mlir::auxact::gate {

using namespace mlir::auxact::codegen;

static int64_t bytesOf(RankedTensorType type) {
  return std::max(1u, type.getElementTypeBitWidth() / 8);
}

/// Whether rows of `type` are made of whole accesses of 16 bytes.
static bool hasWideRows(RankedTensorType type) {
  return type.getRank() > 0 && type.getShape().back() > 0 &&
         type.getShape().back() * bytesOf(type) % 16 == 0;
}

/// Kernels that do little with each element: the arrays of the widest element
/// type are read and written 16 bytes at a time, where their rows allow it.
static void promiseWideAccesses(func::FuncOp kernel, const KernelForm &form,
                                Promise &promise) {
  // Of shorter arrays than this, a thread gets less than 16 bytes.
  constexpr int64_t fewElements = 1024;
  ArrayRef<int64_t> space;
  if (form.kind == KernelKind::Elementwise)
    space = form.results.front().getShape();
  SmallVector<RankedTensorType> read, written;
  auto take = [&](Type type, SmallVector<RankedTensorType> &list) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && tensor.getRank() > 0 &&
        tensor.getNumElements() >= fewElements)
      list.push_back(tensor);
  };
  for (Type type : kernel.getArgumentTypes())
    take(type, read);
  for (Type type : kernel.getResultTypes())
    take(type, written);
  int64_t widest = 0;
  for (auto &list : {read, written})
    for (RankedTensorType type : list)
      widest = std::max(widest, bytesOf(type));
  auto isWide = [&](RankedTensorType type) {
    return bytesOf(type) == widest && hasWideRows(type) &&
           (space.empty() || type.getShape() == space);
  };
  if (llvm::any_of(read, isWide))
    promise.anywhere.push_back("LDG.128");
  if (llvm::any_of(written, isWide))
    promise.anywhere.push_back("STG.128");
}

static std::string nameOf(KernelKind kind) {
  switch (kind) {
  case KernelKind::Contraction:
    return "contraction";
  case KernelKind::RowReduction:
    return "row reduction";
  case KernelKind::ColumnReduction:
    return "column reduction";
  case KernelKind::Elementwise:
    return "elementwise";
  }
  return "";
}

FailureOr<std::vector<Promise>> promisesOf(func::FuncOp kernel,
                                           llvm::StringRef chip, size_t grids) {
  FailureOr<KernelForm> form = analyzeKernel(kernel);
  if (failed(form))
    return failure();
  std::vector<Promise> promises(grids);
  Promise &main = promises.front();
  main.work = nameOf(form->kind);
  for (size_t i = 1; i < grids; ++i)
    promises[i].work = "  its grid " + std::to_string(i + 1);
  // Signs become bits in registers, across the threads of a warp.
  if (llvm::any_of(form->results,
                   [](const KernelResult &result) { return result.packed; }))
    main.anywhere.push_back("VOTE|SHFL");
  if (form->kind != KernelKind::Contraction)
    promiseWideAccesses(kernel, *form, main);
  return promises;
}

} // namespace mlir::auxact::gate
