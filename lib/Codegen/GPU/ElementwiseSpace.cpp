//===- ElementwiseSpace.cpp - Vectors of an elementwise kernel ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Widths and numbers from shapes and element types.
//
//===----------------------------------------------------------------------===//

#include "ElementwiseSpace.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

namespace mlir::auxact::device {

using codegen::dependsOn;
using codegen::KernelResult;
using codegen::Position;

/// Of one memory access.
constexpr int64_t accessBytes = 16;
/// Reads of a thread that are in flight together: with the threads that fit a
/// multiprocessor, two to four times what hides the latency of memory.
constexpr int64_t accessesInFlight = 4;
/// Four blocks on each multiprocessor of a large chip.
constexpr int64_t manyBlocks = 528;

/// Whether every tensor read has the shape of the result or rank 0, and
/// nothing depends on where an element is.
static bool isFlat(ArrayRef<KernelResult> results) {
  for (const KernelResult &result : results)
    if (result.packed || dependsOn(result.tensor, [](Operation *op) {
          auto generic = dyn_cast<linalg::LinalgOp>(op);
          if (codegen::isUnpackBits(op) || codegen::readsElsewhere(op))
            return true;
          if (!generic || isa<linalg::FillOp>(op))
            return false;
          bool flat = generic.getBlock()->getOps<linalg::IndexOp>().empty();
          for (AffineMap map : generic.getIndexingMapsArray())
            flat &= map.isIdentity() || map.getNumResults() == 0;
          return !flat;
        }))
      return false;
  return true;
}

ElementwiseTraffic
ElementwiseTraffic::of(ArrayRef<codegen::KernelResult> results) {
  ElementwiseTraffic traffic;
  SetVector<Value> reads;
  auto see = [&](Value tensor) {
    auto type = dyn_cast<RankedTensorType>(tensor.getType());
    if (!type || type.getRank() == 0 || type.getElementTypeBitWidth() < 8)
      return;
    traffic.elementBytes = std::max<int64_t>(traffic.elementBytes,
                                             type.getElementTypeBitWidth() / 8);
    if (isa<BlockArgument>(tensor))
      reads.insert(tensor);
  };
  for (const KernelResult &result : results) {
    see(result.tensor);
    dependsOn(result.tensor, [&](Operation *op) {
      if (!codegen::isUnpackBits(op))
        llvm::for_each(op->getOperands(), see);
      return false;
    });
  }
  traffic.tensors = reads.size();
  return traffic;
}

ElementwiseSpace ElementwiseSpace::choose(ArrayRef<int64_t> shape,
                                          ArrayRef<KernelResult> results) {
  ElementwiseSpace space;
  space.shape.assign(shape.begin(), shape.end());
  if (shape.empty())
    return space;
  ElementwiseTraffic traffic = ElementwiseTraffic::of(results);
  space.width = std::max<int64_t>(accessBytes / traffic.elementBytes, 1);
  int64_t elements = ShapedType::getNumElements(shape);
  space.flat = isFlat(results);
  if (space.flat) {
    space.rows = 1;
    space.columns = elements;
    space.width = std::min<int64_t>(space.width, 1 << llvm::Log2_64(elements));
    space.rest = elements % space.width;
    space.paddedColumns = elements - space.rest;
  } else {
    space.columns = space.paddedColumns = shape.back();
    space.rows = elements / shape.back();
    space.width = std::gcd(space.width, space.columns);
    if (llvm::any_of(results, [](auto &result) { return result.packed; }))
      space.paddedColumns = llvm::alignTo(space.columns, warpSize);
  }
  // Narrow accesses need more of them in flight.
  int64_t wanted = accessesInFlight *
                   std::max<int64_t>(1, accessBytes / 4 / space.width) /
                   std::max<int64_t>(traffic.tensors, 1);
  // But not before there are blocks for all multiprocessors.
  int64_t most = space.vectors() / (threads * manyBlocks);
  space.perThread = std::clamp<int64_t>(wanted, 1, std::max<int64_t>(most, 1));
  return space;
}

int64_t ElementwiseSpace::blocks() const {
  return llvm::divideCeil(vectors(), perBlock());
}

Position ElementwiseSpace::positionOfVector(codegen::Frame &frame,
                                            Value vector) const {
  Position position;
  if (shape.empty())
    return position;
  Value element = frame.mul(vector, width);
  if (flat) {
    position.indices.push_back({element});
  } else {
    Value row = frame.divide(element, paddedColumns);
    position.indices.resize(shape.size());
    for (int i = static_cast<int>(shape.size()) - 2; i >= 0; --i) {
      position.indices[i].base = i == 0 ? row : frame.remainder(row, shape[i]);
      row = frame.divide(row, shape[i]);
    }
    position.indices.back().base = frame.remainder(element, paddedColumns);
  }
  if (width > 1) {
    position.lane = position.indices.size() - 1;
    position.width = position.active = width;
  }
  return position;
}

Position ElementwiseSpace::positionOfRest(codegen::Frame &frame,
                                          Value number) const {
  Position position;
  position.indices.push_back({frame.add(number, columns - rest)});
  return position;
}

} // namespace mlir::auxact::device
