//===- Promise.cpp - What a kernel promises of its code -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Promise.h"

#include "ContractionEmitter.h"
#include "auxact/Codegen/Kernel/KernelForm.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <set>

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
  // What is left of a row is one number.
  bool alongRows = form.kind == KernelKind::RowReduction;
  for (Type type : kernel.getResultTypes())
    if (!alongRows || cast<RankedTensorType>(type).getRank() > 1)
      take(type, written);
  int64_t widest = 0;
  for (auto &list : {read, written})
    for (RankedTensorType type : list)
      widest = std::max(widest, bytesOf(type));
  auto isWide = [&](RankedTensorType type) {
    return bytesOf(type) == widest && hasWideRows(type) &&
           (space.empty() || type.getShape() == space);
  };
  // Vectors of a reduction have as many elements as float32 sums have: of bf16
  // they are half as long.
  bool halves = form.kind != KernelKind::Elementwise && widest < 4;
  if (llvm::any_of(read, isWide))
    promise.anywhere.push_back(halves ? "LDG.128|LDG.64" : "LDG.128");
  if (llvm::any_of(written, isWide))
    promise.anywhere.push_back("STG.128");
}

/// Whether elements of `value` are numbers chosen by bits.
static bool isChosenByBits(Value value) {
  return dependsOn(value, isUnpackBits);
}

/// The loop over the contracted dimension does a whole tile of the strategy by
/// the instructions of its engine, and fetches factors that are arguments
/// behind its back.
static void promiseContraction(const Contraction &c, llvm::StringRef chip,
                               Promise &promise) {
  device::ContractionShape shape = device::shapeOf(c);
  device::Engine engine = shape.engine;
  std::optional<device::ContractionStrategy> s =
      device::chooseContraction(shape, chip);
  if (!s)
    return;
  bool isMatrix = engine != device::Engine::Ffma;
  promise.work = s->name.str();
  int64_t products = s->warpTileRows() * s->warpTileColumns();
  if (isMatrix) {
    promise.multiply = "HMMA";
    int64_t depthOfOne = engine == device::Engine::Bf16 ? 16 : 8;
    promise.multiplies = products / (16 * 8) * (s->depth / depthOfOne);
  } else {
    // The loop over a tile's depth goes by two at least.
    promise.multiply = "FFMA";
    promise.multiplies = products / 32 * 2;
  }
  // Where all tiles fit the stages, they are fetched in front of the loop.
  int64_t tiles = llvm::divideCeil(llvm::divideCeil(c.k, s->depth), s->splits);
  bool fetchesInLoop = isMatrix && tiles >= s->stages;
  std::set<std::string> inLoop, anywhere;
  for (const ContractionOperand *factor : {&c.a, &c.b}) {
    auto type = cast<RankedTensorType>(factor->tensor.getType());
    // Copied as it is, 16 bytes at a time where its rows allow it.
    if (isa<BlockArgument>(factor->tensor) && hasWideRows(type))
      (fetchesInLoop ? inLoop : anywhere).insert("LDGSTS.128");
    // By ldmatrix, which transposes 16-bit elements only.
    bool bits = factor->contractedFirst && isChosenByBits(factor->tensor);
    if (isMatrix && !bits &&
        (engine == device::Engine::Bf16 || !factor->contractedFirst))
      inLoop.insert("LDSM");
  }
  promise.inLoop = {inLoop.begin(), inLoop.end()};
  promise.anywhere.insert(promise.anywhere.end(), anywhere.begin(),
                          anywhere.end());
}

static std::string nameOf(KernelKind kind) {
  switch (kind) {
  case KernelKind::Contraction:
    return "contraction";
  case KernelKind::RowReduction:
    return "row reduction";
  case KernelKind::ColumnReduction:
    return "column reduction";
  case KernelKind::InnerReduction:
    return "inner reduction";
  case KernelKind::Elementwise:
    return "elementwise";
  case KernelKind::Standalone:
    return "standalone";
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
    main.inSomeGrid.push_back("VOTE|SHFL");
  if (form->kind == KernelKind::Contraction)
    promiseContraction(form->contraction, chip, main);
  else if (form->kind != KernelKind::Standalone)
    promiseWideAccesses(kernel, *form, main);
  return promises;
}

} // namespace mlir::auxact::gate
